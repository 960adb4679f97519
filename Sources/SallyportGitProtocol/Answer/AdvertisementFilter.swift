/// Lets through what a client may see of the answer to
/// `GET <repository>/info/refs?service=git-upload-pack`, in whichever version of the protocol the
/// server answers.
///
/// Every line is parsed, and written anew from what was understood; what was not understood does
/// not go on. Holds one incomplete line of at most ``PktLine/maximumLength`` bytes, the
/// capabilities until the first ref that may be shown, and nothing else.
package struct AdvertisementFilter: Sendable {
  private enum State: Sendable {
    /// Nothing was read.
    case start
    /// `# service=` was read, but not the flush behind it.
    case prefix
    /// The first line that says something comes next.
    case first
    case refs
    case capabilities(CapabilityAdvertisement)
    case ended
  }

  private let permission: FetchPermission
  private var reader: AnswerReader
  private var output = PktLineWriter()
  private var state = State.start
  /// Of version 0 or 1. Beside the state, so that a line changes it in place.
  private var advertisement = RefAdvertisement()

  /// Known once the server's first line was read.
  package private(set) var version: ProtocolVersion?
  /// Refs that went on, and those that did not.
  package var refs: RefCount { advertisement.count }

  /// - Parameter maximumBytes: Of the answer. A million refs are some 70 MiB.
  package init(permission: FetchPermission, maximumBytes: Int = 256 << 20) {
    self.permission = permission
    reader = AnswerReader(maximumBytes: maximumBytes)
  }

  /// Takes a piece of the server's answer.
  ///
  /// - Parameter shown: Has the ids of what is returned when this returns.
  /// - Returns: What goes to the client.
  /// - Throws: ``InvalidAnswer``; the answer is over then.
  package mutating func receive(
    _ piece: [UInt8], showing shown: inout ShownObjects
  ) throws(InvalidAnswer) -> [UInt8] {
    try reader.supply(piece)
    while let line = try reader.next() { try take(line, &shown) }
    return output.take()
  }

  /// The server's answer has ended.
  ///
  /// - Throws: ``InvalidAnswer`` where it is not complete.
  package mutating func finish() throws(InvalidAnswer) {
    try reader.finish()
    guard case .ended = state else { throw InvalidAnswer(.malformed, "it ends too early") }
  }

  private mutating func take(
    _ line: PktLine, _ shown: inout ShownObjects
  ) throws(InvalidAnswer) {
    switch (state, line) {
    case (.start, .data(let data)) where PktLine.text(of: data).elementsEqual(Self.service):
      output.line { $0 += Self.service }
      state = .prefix
    case (.prefix, .flush):
      output.flush()
      state = .first
    case (.start, .data(let data)), (.first, .data(let data)):
      try begin(PktLine.text(of: data), &shown)
    case (.refs, _):
      // Also where this throws.
      state = .ended
      if try !advertisement.take(line, permission, &output, &shown) { state = .refs }
    case (.capabilities(let capabilities), _):
      if try capabilities.take(line, permission, &output) { state = .ended }
    case (.start, .flush), (.first, .flush):
      // An empty repository of an old server.
      version = .v0
      output.flush()
      state = .ended
    default:
      throw InvalidAnswer(.malformed, "a packet that does not belong where it is")
    }
  }

  private mutating func begin(
    _ text: ArraySlice<UInt8>, _ shown: inout ShownObjects
  ) throws(InvalidAnswer) {
    if text.elementsEqual("version 2".utf8) {
      version = .v2
      output.line("version 2")
      state = .capabilities(CapabilityAdvertisement())
    } else if text.elementsEqual("version 1".utf8) {
      version = .v1
      output.line("version 1")
      state = .refs
    } else {
      version = .v0
      state = .refs
      try take(.data(text), &shown)
    }
  }

  private static let service = Array("# service=git-upload-pack".utf8)
}
