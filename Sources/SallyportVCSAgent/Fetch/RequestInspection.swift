internal import NIOCore
internal import SallyportGitProtocol
internal import SallyportRelay
internal import Synchronization

/// One `git-upload-pack` request on its way: inflated, checked, and only then given out.
actor RequestInspection {
  /// Bytes that are gathered, so that a server learns the length of nearly every body.
  private static let gathered = 1 << 20

  private let permission: FetchPermission
  private let limits: FetchLimits
  private let shown: ShownOnChannel
  private var inspector: FetchRequestInspector
  private var source: (any AsyncIteratorProtocol<ByteBuffer, any Error>)?
  private var ready: [UInt8] = []

  /// Why the body ended early. An upstream may wrap what a body throws; this is what it was.
  private(set) var failure: (any Error)?

  init(
    _ request: GitRequest, body: MeteredBody, permission: FetchPermission, limits: FetchLimits,
    shown: ShownOnChannel
  ) {
    self.permission = permission
    self.limits = limits
    self.shown = shown
    inspector = FetchRequestInspector(permission: permission)
    source =
      request.isCompressed
      ? InflatedBody(base: body, limit: GitRequest.maximumBody).makeAsyncIterator()
      : body.makeAsyncIterator()
    endsWithFlush = !request.isCompressed
  }

  /// Whether the end of the body needs no waiting for once the request is complete; behind
  /// compressed data nothing may follow.
  private let endsWithFlush: Bool

  var record: FetchRecord { inspector.record }

  /// Reads until something may go to the server: a request that is refused costs it nothing.
  ///
  /// - Returns: The version in which the request is written, and its length where that is known.
  /// - Throws: `FetchRefusal`, and what the body throws.
  func prepare() async throws -> (version: ProtocolVersion, length: Int?) {
    while source != nil, ready.count < Self.gathered { try await advance() }
    return (inspector.version ?? .v0, source == nil ? ready.count : nil)
  }

  /// What of the answer goes to the worker. Known once the server has something to answer.
  func makeFilter() -> AnswerFilter {
    guard inspector.version == .v2 else { return .passing }
    switch inspector.command {
    case .lsRefs:
      return
        .listing(
          LsRefsFilter(permission: permission, maximumBytes: limits.advertisement))
    case .fetch, nil:
      return .fetch(
        FetchAnswerInspector(permission: permission, isMultiplexed: inspector.isMultiplexed))
    }
  }

  /// Whether the answer, an error in it included, is in bands.
  var isMultiplexed: Bool { inspector.isMultiplexed }

  func next() async throws -> ByteBuffer? {
    while ready.isEmpty, source != nil { try await advance() }
    guard !ready.isEmpty else { return nil }
    defer { ready = [] }
    return ByteBuffer(bytes: ready)
  }

  private func advance() async throws {
    guard var source else { return }
    do {
      guard let piece = try await source.next(isolation: #isolation) else {
        self.source = nil
        ready += try shown.objects.withLock { try inspector.finish(shown: $0) }
        return
      }
      self.source = source
      let bytes = Array(piece.readableBytesView)
      ready += try shown.objects.withLock { try inspector.receive(bytes, shown: $0) }
      if endsWithFlush, inspector.isComplete { self.source = nil }
    } catch {
      self.source = nil
      failure = error
      throw error
    }
  }
}
