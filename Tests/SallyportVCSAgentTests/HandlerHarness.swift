import HTTPTypes
import Logging
import NIOCore
import SallyportCore
import SallyportPolicy
import SallyportRelay
import SallyportTestSupport
import Synchronization

@testable import SallyportVCSAgent

/// Drives an ``UpstreamHandler`` without a network in front of it.
struct HandlerHarness: Sendable {
  let handler: UpstreamHandler
  let log: RecordedLog
  let ledger = MemoryLedger()
  let peer: PeerIdentity

  init(
    allow: [String] = ["team/*"], slots: Slots = Slots(64),
    grants: GrantRules = .none, limits: FetchLimits = FetchLimits(), _ upstream: any Upstream
  ) throws {
    try self.init(
      policy: try AdmissionFetchPolicy.repositories(allow), slots: slots, grants: grants,
      limits: limits, upstream)
  }

  init(
    policy: any FetchPolicy, slots: Slots = Slots(64), grants: GrantRules = .none,
    limits: FetchLimits = FetchLimits(), _ upstream: any Upstream
  ) throws {
    try self.init(
      worker: try SPIFFEID(parsing: "spiffe://customer.example/worker/w1"), policy: policy,
      upstreams: [.init(pattern: try RepositoryPattern("**"), upstream: upstream)], slots: slots,
      grants: grants, limits: limits)
  }

  init(
    worker: SPIFFEID, policy: any FetchPolicy, upstreams: [UpstreamTable.Entry],
    slots: Slots = Slots(64), grants: GrantRules = .none, limits: FetchLimits = FetchLimits()
  ) throws {
    log = RecordedLog()
    peer = PeerIdentity(
      spiffeID: worker, certificateFingerprint: "ab", serialNumber: "01", notAfter: .max)
    handler = UpstreamHandler(
      relay: .random(), policy: policy, upstreams: UpstreamTable(upstreams), slots: slots,
      grants: grants, limits: limits, ledger: ledger, logger: log.logger)
  }

  @discardableResult
  func send(
    _ method: HTTPRequest.Method, _ path: String, fields: HTTPFields = HTTPFields(),
    body: [UInt8] = [], response: RecordingResponder = RecordingResponder()
  ) async throws -> RecordingResponder {
    try await send(method, path, fields: fields, stream: Self.body([body]), response: response)
  }

  @discardableResult
  func send(
    _ method: HTTPRequest.Method, _ path: String, fields: HTTPFields = HTTPFields(),
    stream: SealedBody, response: RecordingResponder = RecordingResponder()
  ) async throws -> RecordingResponder {
    var request = HTTPRequest(method: method, scheme: "https", authority: "vcs", path: path)
    request.headerFields = fields
    try await handler.handle(
      request, body: stream, from: peer, response: response)
    return response
  }

  func advertise(
    _ repository: String, fields: HTTPFields = HTTPFields(),
    response: RecordingResponder = RecordingResponder()
  ) async throws -> RecordingResponder {
    try await send(
      .get, "/\(repository)/info/refs?service=git-upload-pack", fields: fields, response: response)
  }

  func uploadPack(
    _ repository: String, _ body: [UInt8], fields: HTTPFields = HTTPFields(),
    response: RecordingResponder = RecordingResponder()
  ) async throws -> RecordingResponder {
    var fields = fields
    fields[.contentType] = fields[.contentType] ?? GitRequest.requestType
    return try await send(
      .post, "/\(repository)/git-upload-pack", fields: fields, body: body, response: response)
  }

  static func body(_ pieces: [[UInt8]]) -> SealedBody {
    let (stream, continuation) = AsyncThrowingStream<ByteBuffer, any Error>.makeStream()
    for piece in pieces where !piece.isEmpty { continuation.yield(ByteBuffer(bytes: piece)) }
    continuation.finish()
    return stream
  }
}

extension AdmissionFetchPolicy {
  /// As the key `repositories` of a configuration says it.
  static func repositories(_ patterns: [String]) throws -> AdmissionFetchPolicy {
    AdmissionFetchPolicy(
      PolicySource(AdmissionPolicy(repositories: try patterns.map { try RepositoryPattern($0) })))
  }
}

/// Keeps log lines as text.
final class RecordedLog: Sendable {
  private let state = Mutex<[String]>([])

  var lines: [String] { state.withLock { $0 } }
  var text: String { lines.joined(separator: "\n") }

  var logger: Logger {
    var logger = Logger(label: "test") { _ in Handler(log: self) }
    logger.logLevel = .trace
    return logger
  }

  private struct Handler: LogHandler {
    let log: RecordedLog
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      let fields = (event.metadata ?? [:]).sorted { $0.key < $1.key }
        .map { "\($0.key)=\($0.value)" }
      let line = (["\(event.level)", "\(event.message)"] + fields).joined(separator: " ")
      log.state.withLock { $0.append(line) }
    }
  }
}

/// An upstream that counts requests and answers with an empty list.
final class CountingUpstream: Upstream {
  private let count = Mutex<[String]>([])

  var paths: [String] { count.withLock { $0 } }

  func serve(
    _ request: UpstreamRequest, body: CheckedBody, response: any SealedResponder
  ) async throws {
    count.withLock { $0.append(request.path.text) }
    for try await _ in body {}
    try await response.start(HTTPResponse(status: .ok))
    try await response.write(ByteBuffer(string: "0000"))
  }
}
