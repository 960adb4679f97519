internal import Glibc
internal import SallyportCore
package import SallyportSigning

/// What a VCS agent asks of the signed jobs that workers show it.
package struct GrantRules: Sendable {
  private let audience: Audience?
  private let keys: SigningKeyCache?
  /// Whether a repository is served to nobody without a grant that names it.
  package let isRequired: Bool
  /// Key files may be on a file server that does not answer: only relays with grants wait then.
  private let files = BlockingQueue(label: "sallyport.signing-keys")

  /// - Parameter keys: Nil: grants are not looked at.
  package init(audience: Audience, keys: SigningKeyFiles?, isRequired: Bool) {
    self.audience = audience
    self.keys = keys.map { SigningKeyCache($0) }
    self.isRequired = isRequired
  }

  private init() {
    audience = nil
    keys = nil
    isRequired = false
  }

  /// Grants are neither required nor looked at.
  package static var none: GrantRules { GrantRules() }

  /// - Returns: Nil where grants are not looked at.
  /// - Throws: `SignedJobError`.
  func verify(_ envelope: [UInt8]) async throws -> SignedJob? {
    guard let keys, let audience else { return nil }
    let job = try await files.run { try SignedJob.verify(envelope, keys: try keys.load()) }
    try audience.check(job.statement, now: Self.now())
    return job
  }

  static func now() -> StatementTime { StatementTime(seconds: Int64(time(nil))) }
}
