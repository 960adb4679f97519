/// Checks the body of `POST <repository>/git-upload-pack`, in the version in which it is written.
///
/// The first line of a body is in order in one version only, so that no server takes it for
/// another. A `Git-Protocol` field that goes on must be that of ``version``.
///
/// Checked lines are kept until the flush behind the wants (version 0) or the arguments (version 2),
/// because no server does anything before it: so a request that is refused has cost the server
/// nothing, and no answer has begun that would be in the way of the refusal. What waits is 4 MiB at
/// most; beyond that, checked lines go on at once. Nothing that was not checked ever does.
package struct FetchRequestInspector: Sendable {
  private enum State: Sendable {
    /// What has come of the first line: its length and ``marker``, at most.
    case start([UInt8])
    case uploadPack(UploadPackRequestInspector)
    case v2(V2RequestInspector)
  }

  private let permission: FetchPermission
  private var state = State.start([])

  package init(permission: FetchPermission) { self.permission = permission }

  /// Nil until enough was read. That of version 1 looks like version 0.
  package var version: ProtocolVersion? {
    switch state {
    case .start: nil
    case .uploadPack: .v0
    case .v2: .v2
    }
  }

  /// The command of version 2.
  package var command: V2RequestInspector.Command? {
    if case .v2(let inspector) = state { inspector.command } else { nil }
  }

  /// Whether nothing may follow what was read.
  package var isComplete: Bool {
    switch state {
    case .start: false
    case .uploadPack(let inspector): inspector.isComplete
    case .v2(let inspector): inspector.isComplete
    }
  }

  /// Whether the whole answer will be multiplexed (`sideband-all` of version 2).
  package var isMultiplexed: Bool {
    if case .v2(let inspector) = state { inspector.isMultiplexed } else { false }
  }

  package var record: FetchRecord {
    switch state {
    case .start: FetchRecord()
    case .uploadPack(let inspector): inspector.record
    case .v2(let inspector): inspector.record
    }
  }

  /// Takes a piece of the request.
  ///
  /// - Parameter shown: What the client was shown of this repository on this channel.
  /// - Returns: What may go to the server, all of it checked.
  /// - Throws: ``FetchRefusal``; the request is over then.
  package mutating func receive(
    _ piece: [UInt8], shown: ShownObjects
  ) throws(FetchRefusal) -> [UInt8] {
    switch state {
    case .start(let first):
      let bytes = first + piece
      let length = PktLine.headerLength + Self.marker.count
      guard bytes.count >= length else {
        state = .start(bytes)
        return []
      }
      begin(isV2: bytes[PktLine.headerLength..<length].elementsEqual(Self.marker))
      return try receive(bytes, shown: shown)
    case .uploadPack(var inspector):
      state = .start([])
      defer { state = .uploadPack(inspector) }
      return try inspector.receive(piece, shown: shown)
    case .v2(var inspector):
      state = .start([])
      defer { state = .v2(inspector) }
      return try inspector.receive(piece, shown: shown)
    }
  }

  /// The request has ended.
  ///
  /// - Returns: What may still go to the server.
  /// - Throws: ``FetchRefusal`` where it is not complete.
  package mutating func finish(shown: ShownObjects) throws(FetchRefusal) -> [UInt8] {
    var rest: [UInt8] = []
    if case .start(let bytes) = state {
      begin(isV2: false)
      rest = try receive(bytes, shown: shown)
    }
    switch state {
    case .start: break
    case .uploadPack(var inspector): try inspector.finish()
    case .v2(var inspector): try inspector.finish()
    }
    return rest
  }

  private mutating func begin(isV2: Bool) {
    state =
      isV2
      ? .v2(V2RequestInspector(permission: permission))
      : .uploadPack(UploadPackRequestInspector(permission: permission))
  }

  private static let marker = Array("command=".utf8)
}
