/// The packets of a server's answer, up to a number of bytes.
struct AnswerReader: Sendable {
  private let maximumBytes: Int
  private var received = 0
  private var parser = PktLineParser()

  init(maximumBytes: Int) { self.maximumBytes = maximumBytes }

  mutating func supply(_ piece: [UInt8]) throws(InvalidAnswer) {
    guard piece.count <= maximumBytes - received else {
      received = maximumBytes
      throw InvalidAnswer(.tooLarge, "more than \(maximumBytes) bytes")
    }
    received += piece.count
    parser.supply(piece[...])
  }

  /// - Returns: Nil where more bytes are needed.
  /// - Throws: ``InvalidAnswer``, also where the line is an error of the server's.
  mutating func next() throws(InvalidAnswer) -> PktLine? {
    let line: PktLine?
    do throws(PktLineError) { line = try parser.next() } catch { throw InvalidAnswer(error) }
    if case .data(let data) = line, data.starts(with: Self.error) {
      throw InvalidAnswer(.serverError, InvalidAnswer.quoting(PktLine.text(of: data)))
    }
    return line
  }

  mutating func finish() throws(InvalidAnswer) {
    do throws(PktLineError) { try parser.finish() } catch { throw InvalidAnswer(error) }
  }

  private static let error = Array("ERR ".utf8)
}
