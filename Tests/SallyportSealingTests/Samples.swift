import FoundationEssentials
import SallyportBytes
import SallyportCore
import SallyportIdentity

@testable import SallyportSealing

enum Samples {
  static let tenant = TenantName(unchecked: "acme")
  static let pool = PoolName(unchecked: "builders")
  static let job = JobID(unchecked: "0123456789abcdef0123456789abcdef")

  static func root() throws -> TrustRoot { try TrustRoot.create(trustDomain: "git.example.com") }

  static func scope(version: UInt64 = 1) -> SealedSecretScope {
    SealedSecretScope(
      tenant: tenant, pool: pool, context: ContextName(unchecked: "release"), name: "DEPLOY_KEY",
      version: version)
  }

  static func logScope(epoch: UInt64 = 1) -> SealedLogScope {
    SealedLogScope(tenant: tenant, attempt: AttemptID(job: job, epoch: epoch))
  }

  static func poolKey(_ key: SealingKey, root: TrustRoot? = nil) throws -> PoolKey {
    let root = try root ?? Self.root()
    return try PoolKey(
      certificate: try root.certify(poolKey: key.publicKey.bytes, tenant: tenant, pool: pool),
      tenant: tenant, pool: pool, roots: [root.certificate])
  }

  static func hex(_ bytes: some Sequence<UInt8>) -> String { hexadecimalDigits(bytes) }

  static func bytes(_ hex: String) -> [UInt8] {
    let digits = Array(hex)
    return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
      UInt8(String(digits[$0...$0 + 1]), radix: 16)
    }
  }

  static func resource(_ name: String) -> String {
    #filePath.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/Resources/\(name)"
  }
}
