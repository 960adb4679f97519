/// Looks at the sections of an answer to `fetch` in version 2 (gitprotocol-v2(5)) until its pack
/// begins, and passes it on as it is.
///
/// Git's client follows a `packfile-uris` section that it never asked for, and downloads from any
/// address in it. So an answer with a section that was not asked for ends there. From the pack on,
/// which is nearly all of it, an answer is not read at all. Holds one incomplete line of at most
/// ``PktLine/maximumLength`` bytes.
package struct FetchAnswerInspector: Sendable {
  private let permission: FetchPermission
  private let isMultiplexed: Bool
  private let maximumBytes: Int
  private var received = 0
  private var parser = PktLineParser()
  private var section: Section?

  /// Whether everything else may go on without being shown to this inspector.
  package private(set) var isPassingThrough = false

  /// - Parameters:
  ///   - isMultiplexed: Whether the request has `sideband-all`.
  ///   - maximumBytes: Of what comes before the pack.
  package init(
    permission: FetchPermission, isMultiplexed: Bool, maximumBytes: Int = 128 << 20
  ) {
    self.permission = permission
    self.isMultiplexed = isMultiplexed
    self.maximumBytes = maximumBytes
  }

  /// Takes a piece of the server's answer.
  ///
  /// - Returns: What goes to the client.
  /// - Throws: ``InvalidAnswer``; the answer must be cut off then.
  package mutating func receive(_ piece: [UInt8]) throws(InvalidAnswer) -> [UInt8] {
    guard !isPassingThrough else { return piece }
    var output = PktLineWriter()
    parser.supply(piece[...])
    while !isPassingThrough, let line = try next() {
      try take(line)
      Self.copy(line, to: &output)
    }
    guard !isPassingThrough else { return output.take() + parser.rest }
    received += piece.count
    guard received <= maximumBytes else { throw InvalidAnswer(.tooLarge, "no pack begins") }
    return output.take()
  }

  /// The server's answer has ended.
  ///
  /// - Throws: ``InvalidAnswer`` where it ends within a line; a pack is not looked at.
  package mutating func finish() throws(InvalidAnswer) {
    guard !isPassingThrough else { return }
    do throws(PktLineError) { try parser.finish() } catch { throw InvalidAnswer(error) }
  }

  private mutating func next() throws(InvalidAnswer) -> PktLine? {
    do throws(PktLineError) { return try parser.next() } catch { throw InvalidAnswer(error) }
  }

  private mutating func take(_ line: PktLine) throws(InvalidAnswer) {
    switch line {
    case .flush, .delimiter: section = nil
    case .responseEnd: throw InvalidAnswer(.malformed, "a response end")
    case .data(var data):
      if isMultiplexed {
        // Band 1 has the answer; 2 and 3 have what the server tells the person.
        guard data.popFirst() == 1 else { return }
      }
      try take(PktLine.text(of: data))
    }
  }

  private mutating func take(_ text: ArraySlice<UInt8>) throws(InvalidAnswer) {
    if text.starts(with: Self.error) { return }
    guard let section else {
      guard let section = Section(rawValue: String(decoding: text.prefix(32), as: UTF8.self)) else {
        throw InvalidAnswer(.unexpectedSection, InvalidAnswer.quoting(text))
      }
      self.section = section
      isPassingThrough = section == .packfile
      return
    }
    guard section == .wantedRefs else { return }
    guard let space = text.firstIndex(of: UInt8(ascii: " ")), ObjectID(text[..<space]) != nil,
      let name = RefName(text[space...].dropFirst())
    else { throw InvalidAnswer(.malformed, "not a wanted ref") }
    guard name == .head || permission.allows(name) else {
      throw InvalidAnswer(.unexpectedSection, "a ref that was not wanted")
    }
  }

  private static func copy(_ line: PktLine, to output: inout PktLineWriter) {
    switch line {
    case .data(let data): output.data(data)
    case .flush: output.flush()
    case .delimiter, .responseEnd: output.delimiter()
    }
  }

  private enum Section: String, Sendable {
    case acknowledgments
    case shallowInfo = "shallow-info"
    case wantedRefs = "wanted-refs"
    case packfile
  }

  private static let error = Array("ERR ".utf8)
}
