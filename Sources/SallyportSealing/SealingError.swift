/// Why something cannot be sealed or opened.
///
/// Messages name the key, file or secret; they never hold a value or key material.
package struct SealingError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Code: String, Hashable, Sendable {
    /// Bytes that are not of the format, or of a version that is not known here.
    case malformed
    /// None of the keys at hand is one to which this was sealed.
    case unknownKey = "unknown-key"
    /// Not what was sealed, or sealed for another place: changed, swapped, moved or cut.
    case notAuthentic = "not-authentic"
    /// A value that is longer than the format takes.
    case tooLong = "too-long"
    /// A key or certificate that cannot be used.
    case unusableKey = "unusable-key"
  }

  package let code: Code
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}
