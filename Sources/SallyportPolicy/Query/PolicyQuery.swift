/// Asks somebody else for a decision: the customer's Open Policy Agent.
///
/// Asked after the policy file, and only about what that allows; both must allow.
package protocol PolicyQuery: Sendable {
  /// - Throws: ``PolicyQueryError``, or anything else: to the caller every error is a denial.
  func decide(_ input: PolicyInput) async throws -> PolicyDecision
}

extension PolicyQuery {
  /// The decision, where an error is one too.
  package func decision(_ input: PolicyInput) async -> PolicyDecision {
    do {
      return try await decide(input)
    } catch let error as PolicyQueryError {
      return error.decision
    } catch {
      return PolicyQueryError(.unreachable, "\(error)").decision
    }
  }
}
