package import SallyportCore
package import SallyportSigning

/// Who fetches.
package struct FetchCaller: Hashable, Sendable {
  /// From its verified certificate.
  package let worker: SPIFFEID
  /// The grant that was shown on the channel; nil where there was none.
  package let job: SignedJob?

  package init(worker: SPIFFEID, job: SignedJob?) {
    self.worker = worker
    self.job = job
  }
}
