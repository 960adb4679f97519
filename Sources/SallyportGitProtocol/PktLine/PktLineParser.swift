internal import SallyportBytes

/// Finds the packets in a stream that arrives in pieces of any size.
///
/// Holds at most one incomplete line: ``PktLine/maximumLength`` bytes. Whoever drives it takes all
/// packets out of a piece before the next piece arrives:
///
///     parser.supply(piece)
///     while let line = try parser.next() { … }
///
/// After an error the stream has no further meaning, and every call gives that error again.
package struct PktLineParser: Sendable {
  /// What has not been parsed yet; without what begins the next line and is in `pending`.
  private var input: ArraySlice<UInt8> = []
  /// The beginning of a line whose end has not arrived.
  private var pending: [UInt8] = []
  private var failure: PktLineError?

  package init() {}

  /// Whether a line has begun that is not complete.
  package var isWithinLine: Bool { !pending.isEmpty || !input.isEmpty }

  /// Bytes that were supplied and belong to no packet yet.
  package var rest: [UInt8] { pending + input }

  package mutating func supply(_ bytes: ArraySlice<UInt8>) {
    if input.isEmpty { input = bytes } else { input += bytes }
  }

  /// - Returns: Nil where more bytes are needed.
  package mutating func next() throws(PktLineError) -> PktLine? {
    if let failure { throw failure }
    do throws(PktLineError) {
      return pending.isEmpty ? try nextInPlace() : try nextAcrossPieces()
    } catch {
      failure = error
      throw error
    }
  }

  /// The stream has ended.
  package mutating func finish() throws(PktLineError) {
    if let failure { throw failure }
    guard !isWithinLine else {
      let error = PktLineError(.truncated)
      failure = error
      throw error
    }
  }

  private mutating func nextInPlace() throws(PktLineError) -> PktLine? {
    guard input.count >= PktLine.headerLength else {
      keep(input.count)
      return nil
    }
    let length = try Self.length(input.prefix(PktLine.headerLength))
    if let special = Self.special(length) {
      input = input.dropFirst(PktLine.headerLength)
      return special
    }
    guard input.count >= length else {
      keep(input.count)
      return nil
    }
    let line = input.prefix(length).dropFirst(PktLine.headerLength)
    input = input.dropFirst(length)
    return .data(line)
  }

  private mutating func nextAcrossPieces() throws(PktLineError) -> PktLine? {
    if pending.count < PktLine.headerLength { keep(PktLine.headerLength - pending.count) }
    guard pending.count >= PktLine.headerLength else { return nil }
    let length = try Self.length(pending.prefix(PktLine.headerLength))
    if let special = Self.special(length) {
      pending = []
      return special
    }
    keep(length - pending.count)
    guard pending.count == length else { return nil }
    let line = pending.dropFirst(PktLine.headerLength)
    pending = []
    return .data(line)
  }

  private mutating func keep(_ count: Int) {
    pending += input.prefix(count)
    input = input.dropFirst(count)
  }

  private static func special(_ length: Int) -> PktLine? {
    switch length {
    case 0: .flush
    case 1: .delimiter
    case 2: .responseEnd
    default: nil
    }
  }

  private static func length(_ digits: ArraySlice<UInt8>) throws(PktLineError) -> Int {
    var length = 0
    for digit in digits {
      guard let value = Hexadecimal.value(of: digit) else { throw PktLineError(.notHexadecimal) }
      length = length << 4 | Int(value)
    }
    guard length != 3 else { throw PktLineError(.reservedLength) }
    guard length <= PktLine.maximumLength else { throw PktLineError(.tooLong) }
    return length
  }
}
