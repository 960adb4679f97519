package import SallyportCore
package import SallyportRelay

/// Fetches a repository through a sealed channel and checks one commit out.
package protocol CheckoutProvider: Sendable {
  /// - Parameters:
  ///   - directory: An empty directory.
  ///   - progress: Takes lines for the attempt's log.
  /// - Returns: The commit checked out, 40 hexadecimal digits.
  /// - Throws: Anything; its description goes into the attempt's reason. Where the channel failed,
  ///   ``RelayError``, or an error that ``isTransient(_:)`` knows: the checkout is tried again.
  func checkOut(
    _ specification: CheckoutSpecification, into directory: String,
    channel: any SealedChannel, progress: @escaping @Sendable (String) -> Void
  ) async throws -> String

  /// Whether an error of ``checkOut(_:into:channel:progress:)`` came from the channel, not from
  /// the repository.
  func isTransient(_ error: any Error) -> Bool
}

/// What a job wants checked out; the fields are as the job gave them and not checked yet.
package struct CheckoutSpecification: Hashable, Sendable {
  package var vcsPool: PoolName
  package var repository: String
  package var ref: String
  /// Empty: whatever the ref names.
  package var commit: String

  package init(vcsPool: PoolName, repository: String, ref: String, commit: String) {
    self.vcsPool = vcsPool
    self.repository = repository
    self.ref = ref
    self.commit = commit
  }
}
