package import SallyportCore

/// What a policy looks at of a fetch.
package struct FetchFacts: Hashable, Sendable {
  /// Who fetches: the same for all refs of a request.
  package struct Caller: Hashable, Sendable {
    /// The inner identity of the worker, from its verified certificate.
    package let worker: SPIFFEID
    /// Ids of the customer's keys whose signature over the grant was verified; empty without grant.
    package let signers: [String]

    package init(worker: SPIFFEID, signers: [String] = []) {
      self.worker = worker
      self.signers = signers
    }
  }

  package let repository: RepositoryName
  package let target: GitTarget
  package let caller: Caller

  package init(repository: RepositoryName, target: GitTarget, caller: Caller) {
    self.repository = repository
    self.target = target
    self.caller = caller
  }
}
