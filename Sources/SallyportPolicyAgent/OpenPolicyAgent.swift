internal import AsyncHTTPClient
internal import Glibc
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import SallyportCore
package import SallyportPolicy

/// Asks the customer's Open Policy Agent over its REST Data API: `POST /v1/data/<decision path>`.
///
/// Nobody but the configured address is asked: redirects are not followed, and proxies of the
/// environment not used. Nothing of what the agent says besides its decision goes into an error.
package struct OpenPolicyAgent: PolicyQuery {
  /// Questions at once: as many as a worker may have jobs. Those that have no connection wait for
  /// one, at most for the timeout.
  static let maximumQuestions = 1_024

  package let path: DecisionPath
  package let source: String
  private let url: String
  private let timeout: Duration
  private let token: PolicyAgentToken?
  private let client: HTTPClient
  private let open = OpenQuestions()

  init(_ settings: PolicyAgentSettings, client: HTTPClient) {
    path = settings.path
    source = "\(settings.url) \(settings.path)"
    url = settings.url.request(settings.path)
    timeout = settings.timeout
    token = settings.token
    self.client = client
  }

  package func ask(_ input: PolicyInput) async throws -> PolicyAnswer {
    guard open.begin() else { throw PolicyQueryError(.busy) }
    defer { open.end() }
    let body = try await withThrowingTaskGroup(of: [UInt8].self) { group in
      group.addTask {
        do {
          return try await post(input.body)
        } catch {
          throw Self.failure(error)
        }
      }
      // The client's own deadline ends with the head of an answer.
      group.addTask {
        try await Task.sleep(for: timeout)
        throw PolicyQueryError(.timeout)
      }
      defer { group.cancelAll() }
      guard let first = try await group.next() else { throw CancellationError() }
      return first
    }
    return try PolicyAnswer(parsing: body, for: input.program)
  }

  /// - Returns: The body of the answer.
  private func post(_ question: [UInt8]) async throws -> [UInt8] {
    let response: HTTPClientResponse
    do {
      response = try await client.execute(request(question), deadline: .distantFuture)
    } catch  where Self.isLostConnection(error) {
      // The agent may close a connection that was kept just when it is used again. A question can
      // be asked twice.
      response = try await client.execute(request(question), deadline: .distantFuture)
    }
    guard response.status == .ok else {
      throw PolicyQueryError(.status, "status \(response.status.code)")
    }
    guard response.headers["content-encoding"].allSatisfy({ $0 == "identity" }) else {
      throw PolicyQueryError(.malformed, "an encoding that was not asked for")
    }
    var bytes: [UInt8] = []
    for try await piece in response.body {
      guard bytes.count + piece.readableBytes <= PolicyAnswer.maximumLength else {
        throw PolicyQueryError(.tooLarge)
      }
      bytes += piece.readableBytesView
    }
    return bytes
  }

  private func request(_ question: [UInt8]) -> HTTPClientRequest {
    var request = HTTPClientRequest(url: url)
    request.method = .POST
    request.headers = [
      "content-type": "application/json", "accept": "application/json",
      "accept-encoding": "identity", "user-agent": "sallyport/\(SallyportVersion.current)",
    ]
    if let token { request.headers.add(name: "authorization", value: token.authorization) }
    request.body = .bytes(ByteBuffer(bytes: question))
    return request
  }

  private static func isLostConnection(_ error: any Error) -> Bool {
    switch error {
    case let error as HTTPClientError: error == .remoteConnectionClosed
    case let error as IOError: [ECONNRESET, EPIPE].contains(error.errnoCode)
    default: false
    }
  }

  /// Names the failure without repeating what the agent said.
  private static func failure(_ error: any Error) -> any Error {
    switch error {
    case is CancellationError, is PolicyQueryError: return error
    case let error as HTTPClientError where error == .cancelled: return CancellationError()
    case let error as HTTPClientError where timeouts.contains(error):
      return PolicyQueryError(.timeout)
    case let error as HTTPClientError:
      return PolicyQueryError(.unreachable, error.shortDescription)
    case let error as NIOConnectionError:
      // Of several addresses, the first.
      let cause = error.connectionErrors.first.map { "\($0.error)" }
      return PolicyQueryError(.unreachable, cause ?? "its host has no address")
    case HTTPParserError.invalidEOFState:
      return PolicyQueryError(.unreachable, "the connection was closed within the answer")
    case let error as HTTPParserError: return PolicyQueryError(.malformed, "\(error)")
    default: return PolicyQueryError(.unreachable, "\(error)")
    }
  }

  private static let timeouts: [HTTPClientError] = [
    .connectTimeout, .readTimeout, .writeTimeout, .tlsHandshakeTimeout, .deadlineExceeded,
    .getConnectionFromPoolTimeout,
  ]
}
