/// Bytes that are not a pkt-line stream.
package struct PktLineError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Code: String, Hashable, Sendable {
    /// The length is not four hexadecimal digits.
    case notHexadecimal = "not-hexadecimal"
    /// `0003`, which means nothing.
    case reservedLength = "reserved-length"
    /// More than ``PktLine/maximumLength``.
    case tooLong = "too-long"
    /// The stream ends within a line.
    case truncated
  }

  package let code: Code

  package init(_ code: Code) { self.code = code }

  package var description: String { "pkt-line: \(code.rawValue)" }
}
