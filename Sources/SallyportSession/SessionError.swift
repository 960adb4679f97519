import SallyportCore
import SallyportIdentity

/// Why a worker or agent cannot enroll, renew or keep its session.
package struct SessionError: Error, Sendable, CustomStringConvertible {
  package struct Code: Hashable, Sendable {
    private enum Value {
      case state, inUse, alreadyEnrolled, notEnrolled, token, refused, unavailable, badResponse
      case expired
    }
    private let value: Value

    /// A file or folder of the state directory cannot be used.
    package static let state = Code(value: .state)
    /// Another process holds the state directory.
    package static let inUse = Code(value: .inUse)
    package static let alreadyEnrolled = Code(value: .alreadyEnrolled)
    package static let notEnrolled = Code(value: .notEnrolled)
    /// The enrollment token could not be read.
    package static let token = Code(value: .token)
    /// The gateway said no.
    package static let refused = Code(value: .refused)
    /// The gateway could not be reached, or there is no live link.
    package static let unavailable = Code(value: .unavailable)
    /// The gateway answered with something that cannot be right.
    package static let badResponse = Code(value: .badResponse)
    /// The certificate is past its end, and only a new enrollment helps.
    package static let expired = Code(value: .expired)
  }

  package let code: Code
  package let message: String
  package let cause: (any Error)?

  package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  init(_ code: Code = .state, wrapping error: IdentityError) {
    self.init(code, error.message, cause: error.cause)
  }

  package var description: String {
    guard let cause else { return message }
    return "\(message) (\(cause))"
  }

  /// What an executable ends with; see ``ExitCode``.
  package var exitCode: Int32 {
    switch code {
    case .refused: ExitCode.noPermission
    case .unavailable: ExitCode.unavailable
    case .token, .badResponse: ExitCode.dataError
    default: ExitCode.configuration
    }
  }
}
