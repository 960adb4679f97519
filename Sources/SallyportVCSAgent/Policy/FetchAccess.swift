package import SallyportGitProtocol
package import SallyportPolicy
internal import SallyportSigning

/// What a caller may read of one repository, by which edition of the policy.
package struct FetchAccess: Sendable {
  /// What decided about a ref; about an object that no ref shows, where there is none.
  package typealias Decisions = @Sendable (RefName?) -> PolicyDecision

  package let permission: FetchPermission
  /// Changes with the policy, for example its digest: what a worker was shown under another edition
  /// opens nothing.
  package let edition: String
  private let decisions: Decisions?
  /// Where an Open Policy Agent was asked.
  let reference: PolicyReference?

  /// - Parameter decisions: Nil where no rules of an admission policy did.
  package init(
    permission: FetchPermission, edition: String, decisions: Decisions? = nil,
    reference: PolicyReference? = nil
  ) {
    self.permission = permission
    self.edition = edition
    self.decisions = decisions
    self.reference = reference
  }

  /// What is left of it under a grant: the ref that the job names, and its commit.
  func narrowed(to checkout: JobStatement.Checkout) -> FetchAccess {
    let refs = checkout.ref.flatMap { RefName($0) }.map { [$0] } ?? []
    let commits = checkout.commit.flatMap { ObjectID($0) }.map { [$0] } ?? []
    return FetchAccess(
      permission: permission.narrowed(to: Set(refs), commits: Set(commits)), edition: edition,
      decisions: decisions, reference: reference)
  }

  /// What is left of it by the word of an Open Policy Agent.
  ///
  /// - Parameter refs: Nil for all of it.
  func narrowed(
    to refs: (permission: RefPermission, digest: PolicyDigest)?, by reference: PolicyReference
  ) -> FetchAccess {
    FetchAccess(
      permission: refs.map { permission.narrowed(to: FetchPermission($0.permission)) }
        ?? permission,
      edition: "\(edition) \(refs?.digest.rawValue ?? "")", decisions: decisions,
      reference: reference)
  }

  /// Rules that are named for one request.
  private static let maximumRules = 8

  /// The rules that allowed what a request asks for, each once, in the order of what they allowed;
  /// nil where none did. A list of refs is not asked for ref by ref.
  func rules(for fetch: FetchRecord) -> String? {
    guard let decisions else { return nil }
    var names: [String] = []
    for ref in fetch.wants.map(\.ref) + fetch.wantedRefs {
      let decision = decisions(ref)
      // Git's HEAD may have been shown for the sake of the branch that it stands for.
      guard decision.isAllowed, !names.contains(decision.source.description) else { continue }
      guard names.count < Self.maximumRules else { break }
      names.append(decision.source.description)
    }
    return names.isEmpty ? nil : names.joined(separator: ", ")
  }
}
