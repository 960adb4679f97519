/// Why values cannot be masked. Messages name secrets and never contain a value.
package struct MaskError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Code: String, Hashable, Sendable {
    /// One value is too long.
    case valueTooLong = "value-too-long"
    /// All values together need too much memory.
    case tooManyPatterns = "too-many-patterns"
  }

  package let code: Code
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}
