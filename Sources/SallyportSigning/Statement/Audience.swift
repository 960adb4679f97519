package import SallyportCore

/// Who checks a statement: what this worker or VCS agent knows about itself since it enrolled.
package struct Audience: Hashable, Sendable {
  package enum Pool: Hashable, Sendable {
    case worker(PoolName)
    case vcs(PoolName)
  }

  private let tenant: TenantName
  private let externalID: String
  private let pool: Pool

  package init(tenant: TenantName, externalID: String, pool: Pool) {
    self.tenant = tenant
    self.externalID = externalID
    self.pool = pool
  }

  /// How far the clocks of signer and checker may differ, in seconds.
  package static let clockSkew: Int64 = 60

  /// - Parameter now: Wall-clock time.
  /// - Throws: ``SignedJobError/Code/wrongAudience``, ``SignedJobError/Code/notYetValid``,
  ///   ``SignedJobError/Code/expired``.
  package func check(_ statement: JobStatement, now: StatementTime) throws(SignedJobError) {
    guard constantTimeEqual(Array(statement.externalID.utf8), Array(externalID.utf8)) else {
      throw SignedJobError(.wrongAudience, "the job was signed under another external ID")
    }
    guard statement.tenant == tenant else {
      throw SignedJobError(.wrongAudience, "the job was signed for another tenant")
    }
    switch pool {
    case .worker(let pool):
      guard statement.workerPool == pool else {
        throw SignedJobError(.wrongAudience, "the job was signed for another worker pool")
      }
    case .vcs(let pool):
      guard let checkout = statement.checkout, checkout.vcsPool == pool else {
        throw SignedJobError(.wrongAudience, "the job was signed for another VCS pool, or for none")
      }
    }
    guard statement.notBefore.seconds <= now.seconds + Self.clockSkew else {
      throw SignedJobError(.notYetValid, "the job is valid from \(statement.notBefore) on")
    }
    guard now < statement.expires else {
      throw SignedJobError(.expired, "the job's signature expired at \(statement.expires)")
    }
  }
}
