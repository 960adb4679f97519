/// The words of a line, one blank between one and the next: there is an empty word where two blanks
/// meet, and where a line begins or ends with one. Found in place.
struct Words {
  /// Nil behind the last word.
  private var rest: ArraySlice<UInt8>?

  init(_ line: ArraySlice<UInt8>) { rest = line }

  /// - Returns: Nil where there is none left.
  mutating func next() -> ArraySlice<UInt8>? {
    guard let line = rest else { return nil }
    guard let blank = line.firstIndex(of: UInt8(ascii: " ")) else {
      rest = nil
      return line
    }
    rest = line[blank...].dropFirst()
    return line[..<blank]
  }
}
