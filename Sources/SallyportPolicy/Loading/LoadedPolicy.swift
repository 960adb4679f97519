/// A policy and where it came from: replaced as one.
package struct LoadedPolicy: Hashable, Sendable {
  package let policy: AdmissionPolicy
  /// Of the file; nil for a policy that is not from a file.
  package let digest: PolicyDigest?

  package init(policy: AdmissionPolicy, digest: PolicyDigest? = nil) {
    self.policy = policy
    self.digest = digest
  }
}
