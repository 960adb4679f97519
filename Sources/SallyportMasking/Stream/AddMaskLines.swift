/// Finds the lines by which a job adds values to be masked: `::add-mask::VALUE`, at the beginning
/// of a line, as GitHub Actions and others have it.
///
/// Held back is, at the beginning of a line, what may be the beginning of `::add-mask::`.
struct AddMaskLines: Sendable {
  static let marker = Array("::add-mask::".utf8)

  /// A part of the output.
  enum Piece: Equatable {
    /// These bytes of what was given.
    case text(Range<Int>)
    /// As many bytes of ``marker`` that were no command after all.
    case markerText(Int)
    /// What a command said, decoded; nil where it said more than is taken.
    case value([UInt8]?)
  }

  private enum State {
    /// At the beginning of a line, after as many bytes of ``marker``.
    case lineStart(Int)
    case line
    case command([UInt8], isTooLong: Bool)
  }

  private var state = State.lineStart(0)
  private let limit: Int

  /// - Parameter limit: Greatest length of a value, in bytes as it is written.
  init(limit: Int) {
    self.limit = limit
  }

  /// Bytes of a line that may be a command.
  var heldBack: Int {
    if case .lineStart(let count) = state { count } else { 0 }
  }

  /// The next part of `bytes` from `index` on, which is moved beyond it; nil at their end.
  mutating func next(_ bytes: [UInt8], from index: inout Int) -> Piece? {
    while index < bytes.count {
      switch state {
      case .lineStart(let count):
        if let piece = begin(bytes, count, &index) { return piece }
      case .line:
        let start = index
        index = Self.lineStart(in: bytes, from: index)
        if bytes[index - 1] == 0x0A { state = .lineStart(0) }
        return .text(start..<index)
      case .command(let value, let isTooLong):
        state = .line
        if let piece = take(bytes, value, isTooLong, &index) { return piece }
      }
    }
    return nil
  }

  /// What the end of the stream makes of what was held back.
  mutating func finish() -> Piece? {
    let ended = state
    state = .lineStart(0)
    switch ended {
    case .lineStart(let count): return count > 0 ? .markerText(count) : nil
    case .line: return nil
    case .command(let value, let isTooLong):
      return .value(isTooLong ? nil : Self.decode(value))
    }
  }

  private mutating func begin(_ bytes: [UInt8], _ count: Int, _ index: inout Int) -> Piece? {
    guard bytes[index] == Self.marker[count] else {
      state = .line
      return count > 0 ? .markerText(count) : nil
    }
    index += 1
    state =
      count + 1 < Self.marker.count ? .lineStart(count + 1) : .command([], isTooLong: false)
    return nil
  }

  private mutating func take(
    _ bytes: [UInt8], _ value: [UInt8], _ isTooLong: Bool, _ index: inout Int
  ) -> Piece? {
    var (value, isTooLong) = (value, isTooLong)
    let end = bytes[index...].firstIndex(of: 0x0A)
    let part = bytes[index..<(end ?? bytes.count)]
    if isTooLong || value.count + part.count > limit {
      isTooLong = true
      value = []
    } else {
      value += part
    }
    index = end.map { $0 + 1 } ?? bytes.count
    guard end != nil else {
      state = .command(value, isTooLong: isTooLong)
      return nil
    }
    state = .lineStart(0)
    return .value(isTooLong ? nil : Self.decode(value))
  }

  /// Without a carriage return at the end; `%25`, `%0A` and `%0D` stand for a percent sign and line
  /// breaks.
  private static func decode(_ text: [UInt8]) -> [UInt8] {
    let text = text.last == 0x0D ? text.dropLast() : text[...]
    var value: [UInt8] = []
    value.reserveCapacity(text.count)
    var rest = text
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), let decoded = escape(rest.prefix(2)) {
        value.append(decoded)
        rest = rest.dropFirst(2)
      } else {
        value.append(byte)
      }
    }
    return value
  }

  private static func escape(_ digits: ArraySlice<UInt8>) -> UInt8? {
    if digits.elementsEqual("25".utf8) { return UInt8(ascii: "%") }
    if digits.elementsEqual("0A".utf8) || digits.elementsEqual("0a".utf8) { return 0x0A }
    if digits.elementsEqual("0D".utf8) || digits.elementsEqual("0d".utf8) { return 0x0D }
    return nil
  }

  /// The end of the first line after which a colon or nothing follows; else the end of the bytes.
  private static func lineStart(in bytes: [UInt8], from start: Int) -> Int {
    let bytes = bytes.span
    var index = start
    let step = SIMD16<UInt8>.scalarCount
    let lineFeeds = SIMD16<UInt8>(repeating: 0x0A)
    let colons = SIMD16<UInt8>(repeating: UInt8(ascii: ":"))
    let raw = bytes.bytes
    while index + step < bytes.count {
      // Each load is of 16 bytes from `index` or the byte after it, which are there.
      let here = unsafe raw.unsafeLoadUnaligned(fromByteOffset: index, as: SIMD16<UInt8>.self)
      let after = unsafe raw.unsafeLoadUnaligned(
        fromByteOffset: index + 1, as: SIMD16<UInt8>.self)
      if any((here .== lineFeeds) .& (after .== colons)) { break }
      index += step
    }
    while index < bytes.count {
      let next = index + 1
      if bytes[index] == 0x0A, next == bytes.count || bytes[next] == marker[0] { return next }
      index = next
    }
    return index
  }
}
