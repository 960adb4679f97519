internal import SallyportConfig

/// Why there is no answer of the customer's Open Policy Agent, which always denies.
package struct PolicyQueryError: Error, Hashable, CustomStringConvertible {
  package enum Code: String, Hashable, Sendable, CaseIterable {
    case unreachable, timeout
    /// As many questions are open as may be.
    case busy
    /// Another HTTP status than 200.
    case status
    /// The decision path names no rule, or the rule has no value for this input.
    case undefined
    case malformed
    case tooLarge = "too-large"
    /// What would have to be asked exceeds ``PolicyInput/maximumLength``.
    case inputTooLarge = "input-too-large"
  }

  package let code: Code
  package let detail: String

  package init(_ code: Code, _ detail: String = "") {
    self.code = code
    self.detail = detail
  }

  package init(_ error: any Error) {
    self = error as? PolicyQueryError ?? PolicyQueryError(.unreachable, "\(error)")
  }

  package var description: String {
    let statement =
      switch code {
      case .unreachable: "the policy agent cannot be reached"
      case .timeout: "the policy agent did not answer in time"
      case .busy: "too many questions to the policy agent are open; try again later"
      case .status: "the policy agent answered with an error"
      case .undefined: "the policy agent has no decision: is the decision path right?"
      case .malformed: "the policy agent's answer is no decision"
      case .tooLarge: "the policy agent's answer is too large"
      case .inputTooLarge: "the job is too large to be asked about"
      }
    return detail.isEmpty ? statement : "\(statement): \(ShownText.short(detail, limit: 200))"
  }
}
