package import SallyportGitProtocol
internal import SallyportSigning

/// What a caller may read of one repository, by which edition of the policy.
package struct FetchAccess: Sendable {
  package let permission: FetchPermission
  /// Changes with the policy, for example its digest: what a worker was shown under another edition
  /// opens nothing.
  package let edition: String

  package init(permission: FetchPermission, edition: String) {
    self.permission = permission
    self.edition = edition
  }

  /// What is left of it under a grant: the ref that the job names, and its commit.
  func narrowed(to checkout: JobStatement.Checkout) -> FetchAccess {
    let refs = checkout.ref.flatMap { RefName($0) }.map { [$0] } ?? []
    let commits = checkout.commit.flatMap { ObjectID($0) }.map { [$0] } ?? []
    return FetchAccess(
      permission: permission.narrowed(to: Set(refs), commits: Set(commits)), edition: edition)
  }
}
