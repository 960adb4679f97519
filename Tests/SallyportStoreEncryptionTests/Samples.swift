import Crypto
import FoundationEssentials
import SallyportCore

@testable import SallyportStoreEncryption

enum Samples {
  static let acme = TenantName(unchecked: "acme")
  static let globex = TenantName(unchecked: "globex")
  static let place = ValuePlace(table: "job_spec", column: "spec", row: [.integer(7)])

  static func key(
    _ tenant: TenantName = acme, _ id: TenantKeyID = .first, seed: UInt8 = 1
  ) -> TenantKey {
    TenantKey(SymmetricKey(data: bytes(seed: seed)), tenant: tenant, id: id)
  }

  /// 32 bytes that look random and are the same each time.
  static func bytes(seed: UInt8) -> [UInt8] { Array(SHA256.hash(data: [seed])) }

  static func base64(seed: UInt8) -> String { Data(bytes(seed: seed)).base64EncodedString() }

  static func master(seed: UInt8 = 9) throws -> LocalMasterKey {
    try LocalMasterKey(text: Array(base64(seed: seed).utf8), source: "a test")
  }

  static func material(_ key: TenantKey) -> [UInt8] { key.key.withUnsafeBytes { Array($0) } }

  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// A folder for one test, removed afterwards.
  static func withFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "sallyport-encryption-\(UInt64.random(in: .min ... .max))").path()
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
  }
}
