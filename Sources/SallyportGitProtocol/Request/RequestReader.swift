/// The packets of a request's body, each split into a keyword and what follows it, and the checked
/// lines that wait until they may go on.
///
/// Checked lines are kept until the flush that ends the wants, because a server does nothing before
/// it: so a request that is refused has cost the server nothing, and no answer has begun that would
/// be in the way of the refusal. Beyond ``maximumHeld`` they go on, line by line, as a server that
/// has not seen the flush does nothing with them either.
struct RequestReader: Sendable {
  /// Bytes. Some 80,000 wants.
  static let maximumHeld = 4 << 20

  private var parser = PktLineParser()
  var output = PktLineWriter()

  mutating func supply(_ piece: [UInt8]) { parser.supply(piece[...]) }

  mutating func next() throws(FetchRefusal) -> PktLine? {
    do throws(PktLineError) { return try parser.next() } catch { throw FetchRefusal(error) }
  }

  mutating func finish() throws(FetchRefusal) {
    do throws(PktLineError) { try parser.finish() } catch { throw FetchRefusal(error) }
  }

  mutating func take(isComplete: Bool) -> [UInt8] {
    isComplete || output.bytes.count > Self.maximumHeld ? output.take() : []
  }

  /// - Parameter line: Of a line, with its LF or without.
  static func split(_ line: ArraySlice<UInt8>) -> (keyword: String, value: ArraySlice<UInt8>?) {
    let text = PktLine.text(of: line)
    guard let space = text.firstIndex(of: UInt8(ascii: " ")) else {
      return (String(decoding: text, as: UTF8.self), nil)
    }
    return (String(decoding: text[..<space], as: UTF8.self), text[space...].dropFirst())
  }
}
