package import SallyportCore

/// What a job wants checked out; the fields are as the job gave them and not checked yet.
package struct CheckoutSpecification: Hashable, Sendable {
  package var vcsPool: PoolName
  package var repository: String
  package var ref: String
  /// Empty: whatever the ref names.
  package var commit: String
  /// The signed job, for the VCS agent; nil where it is not signed.
  package var grant: [UInt8]?

  package init(vcsPool: PoolName, repository: String, ref: String, commit: String) {
    self.vcsPool = vcsPool
    self.repository = repository
    self.ref = ref
    self.commit = commit
  }
}
