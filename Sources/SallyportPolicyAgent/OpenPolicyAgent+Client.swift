internal import AsyncHTTPClient
internal import NIOCore
internal import NIOSSL
internal import SallyportPolicy

extension OpenPolicyAgent {
  /// Connections at once.
  static let maximumConnections = 16

  /// Runs `body` with what asks the agent, and closes its connections afterwards.
  ///
  /// Connects to nobody: an agent that does not answer denies, and is asked again the next time.
  ///
  /// - Parameter settings: Nil where no agent is to be asked; `body` gets nil then.
  package static func with<Result: Sendable>(
    _ settings: PolicyAgentSettings?,
    _ body: (OpenPolicyAgent?) async throws -> Result
  ) async throws -> Result {
    guard let settings else { return try await body(nil) }
    let client = HTTPClient(
      eventLoopGroupProvider: .singleton, configuration: configuration(settings))
    do {
      let result = try await body(OpenPolicyAgent(settings, client: client))
      try await client.shutdown()
      return result
    } catch {
      // What went wrong first counts.
      try? await client.shutdown()
      throw error
    }
  }

  private static func configuration(_ settings: PolicyAgentSettings) -> HTTPClient.Configuration {
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.minimumTLSVersion = .tlsv12
    if let roots = settings.roots { tls.trustRoots = .certificates(roots) }
    let timeout = TimeAmount(settings.timeout)
    var configuration = HTTPClient.Configuration(
      tlsConfiguration: tls, redirectConfiguration: .disallow,
      timeout: .init(connect: timeout, read: timeout, write: timeout),
      connectionPool: .init(
        idleTimeout: .seconds(30),
        concurrentHTTP1ConnectionsPerHostSoftLimit: maximumConnections),
      proxy: nil, decompression: .disabled)
    // An agent that is not there denies at once, not at the timeout.
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.httpVersion = .http1Only
    return configuration
  }
}

extension PolicyAgentURL {
  /// In the client's own form, `http+unix` for a socket.
  func request(_ decision: DecisionPath) -> String {
    switch place {
    case .https, .http: "\(self)v1/data/\(decision)"
    case .unix(let socket):
      "http+unix://\(socket.utf8.map(Self.escaped).joined())/v1/data/\(decision)"
    }
  }

  private static func escaped(_ byte: UInt8) -> String {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "_"), UInt8(ascii: "~"):
      return String(UnicodeScalar(byte))
    default:
      let digits = String(byte, radix: 16, uppercase: true)
      return "%" + (digits.count == 1 ? "0" : "") + digits
    }
  }
}
