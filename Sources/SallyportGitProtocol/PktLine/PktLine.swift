/// One packet of a pkt-line stream (gitprotocol-common(5), gitprotocol-v2(5)).
package enum PktLine: Hashable, Sendable {
  /// A line's bytes, as they are, perhaps none; see ``PktLine/text(of:)``.
  case data(ArraySlice<UInt8>)
  /// `0000`
  case flush
  /// `0001`
  case delimiter
  /// `0002`
  case responseEnd

  /// Bytes of the length in front of each line.
  package static let headerLength = 4
  /// Bytes of a line, with its length.
  package static let maximumLength = 65_520
  /// Bytes that one line can carry.
  package static let maximumPayload = maximumLength - headerLength

  /// A line of text without the one LF that may end it.
  package static func text(of data: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    data.last == UInt8(ascii: "\n") ? data.dropLast() : data
  }
}
