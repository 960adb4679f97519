package import SallyportCore
internal import SallyportGitProtocol
package import SallyportPolicy
internal import SallyportSigning

/// What the customer's Open Policy Agent leaves of what another policy allows.
///
/// Asked for every request, and only about what the other allows. Whatever it answers, no more than
/// that is served, and a grant narrows it further.
package struct QueriedFetchPolicy: FetchPolicy {
  private let base: any FetchPolicy
  private let query: any PolicyQuery

  package init(_ base: any FetchPolicy, _ query: any PolicyQuery) {
    self.base = base
    self.query = query
  }

  package func access(
    of caller: FetchCaller, to repository: RepositoryName
  ) async throws(RequestRefusal) -> FetchAccess {
    let access = try await base.access(of: caller, to: repository)
    let facts = FetchFacts.Caller(caller)
    let answer = await query.answer(
      about: repository, from: facts, grant: caller.job.flatMap(PolicyInput.Grant.init))
    let reference = PolicyReference(path: query.path, decisionID: answer.decisionID)
    let refs = answer.refs(in: repository, for: facts)
    guard answer.isAllowed, refs?.permission.allowsAnything != false else {
      throw RequestRefusal(
        .notAllowed, answer.reason ?? "",
        rule: PolicyDecision(action: .deny, source: .openPolicyAgent, reference: reference))
    }
    return access.narrowed(to: refs, by: reference)
  }
}

extension PolicyInput.Grant {
  /// Nil for a job without a checkout, which is a grant for nothing.
  fileprivate init?(_ job: SignedJob) {
    guard let checkout = job.statement.checkout else { return nil }
    self.init(job: job.statement.job, ref: checkout.ref, commit: checkout.commit)
  }
}
