/// Why a caller may not do what it asked for.
struct AccessError: Error, Hashable, CustomStringConvertible {
  enum Code: Hashable, Sendable {
    /// No certificate, or one that no longer counts.
    case unauthenticated
    /// A certificate that does not allow this.
    case forbidden
  }

  let code: Code
  let message: String

  var description: String { message }
}
