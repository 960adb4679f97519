package import SallyportCore
internal import SallyportGitProtocol
package import SallyportPolicy
internal import SallyportSigning

/// The customer's admission policy on what workers may fetch.
///
/// The policy that is in force when a request comes decides about it to its end.
package struct AdmissionFetchPolicy: FetchPolicy {
  private let source: PolicySource

  package init(_ source: PolicySource) { self.source = source }

  package func access(
    of caller: FetchCaller, to repository: RepositoryName
  ) async throws(RequestRefusal) -> FetchAccess {
    let loaded = source.current
    let refs = loaded.policy.refs(in: repository, for: FetchFacts.Caller(caller))
    guard refs.allowsAnything else {
      throw RequestRefusal(.notAllowed, refs.rest.reason ?? "", rule: refs.rest)
    }
    return FetchAccess(refs, edition: loaded.digest?.rawValue ?? "")
  }
}

extension FetchFacts.Caller {
  init(_ caller: FetchCaller) {
    self.init(worker: caller.worker, signers: caller.job.map { [$0.signer.rawValue] } ?? [])
  }
}

extension FetchPermission {
  /// What a policy's rules let through of one repository.
  init(_ refs: RefPermission) {
    if refs.allowsEveryRef, refs.decision(for: "HEAD").isAllowed, refs.unadvertised.isAllowed {
      self = .wholeRepository
    } else {
      self = .refs(
        allowsEveryTag: refs.allowsEveryTag, allowsEveryObject: refs.unadvertised.isAllowed
      ) { refs.allows($0.rawValue) }
    }
  }
}

extension FetchAccess {
  fileprivate init(_ refs: RefPermission, edition: String) {
    self.init(
      permission: FetchPermission(refs), edition: edition,
      decisions: { $0.map { refs.decision(for: $0.rawValue) } ?? refs.unadvertised })
  }
}
