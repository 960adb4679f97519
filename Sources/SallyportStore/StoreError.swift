/// Why the store did not do what was asked. Answers that are part of normal operation (a stale
/// epoch, a refused token) are results, not errors.
package struct StoreError: Error, Sendable, CustomStringConvertible {
  package struct Code: Hashable, Sendable {
    private enum Value {
      case notFound, alreadyExists, keyReused, revoked, gone, overloaded, corrupted, unavailable
      case missing, newer, conflict, encryption
    }
    private let value: Value

    /// No such object, or it belongs to another tenant: the two cannot be told apart.
    package static let notFound = Code(value: .notFound)
    package static let alreadyExists = Code(value: .alreadyExists)
    /// Somebody else was faster: look again, and try again.
    package static let conflict = Code(value: .conflict)
    /// An idempotency key came back with a different request.
    package static let keyReused = Code(value: .keyReused)
    /// The identity has been revoked.
    package static let revoked = Code(value: .revoked)
    /// It was there, and was revoked for good: nothing is to be done with it any more.
    package static let gone = Code(value: .gone)
    /// More writes are waiting than the store queues; try again.
    package static let overloaded = Code(value: .overloaded)
    /// A row does not have the form that this version writes.
    package static let corrupted = Code(value: .corrupted)
    /// There is no database at the path, and none was to be made.
    package static let missing = Code(value: .missing)
    /// A newer version of the gateway has written the database.
    package static let newer = Code(value: .newer)
    /// Keys are missing or of no use, or the database is not encrypted as it is to be.
    package static let encryption = Code(value: .encryption)
    /// The database cannot be opened, read or written.
    package static let unavailable = Code(value: .unavailable)
  }

  package let code: Code
  package let message: String
  package let cause: (any Error)?

  package init(code: Code, message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  package var description: String {
    guard let cause else { return message }
    return "\(message): \(cause)"
  }
}
