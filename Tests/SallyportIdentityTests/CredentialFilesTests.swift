import Foundation
import SallyportCore
import Testing

@testable import SallyportIdentity

@Suite struct CredentialFilesTests {
  struct Crash: Error {}

  let ca: GatewayCA
  init() throws { ca = try GatewayCA.create(trustDomain: "gw.test") }

  func issue(_ key: SigningKey, lifetime: Duration = .seconds(3_600)) throws -> [[UInt8]] {
    try ca.issue(
      for: CertificateRequest(verifying: key.certificateRequest()),
      identity: .worker(tenant: TenantName("acme"), pool: PoolName("linux"), id: .random()),
      lifetime: lifetime
    ).chain
  }

  func withPair<Result>(
    _ body: (CredentialFiles, SigningKey, [[UInt8]]) throws -> Result
  ) throws -> Result {
    try withTemporaryDirectory { directory in
      let files = CredentialFiles(directory: directory, rootsName: "gateway-ca.pem")
      let key = SigningKey.generate()
      let chain = try issue(key)
      try files.replace(key: key, chain: chain, roots: [ca.certificate])
      return try body(files, key, chain)
    }
  }

  @Test func writesAndLoadsAPair() throws {
    try withPair { files, key, chain in
      let loaded = try files.load()
      #expect(loaded.chain == chain)
      #expect(loaded.roots == [ca.certificate])
      #expect(loaded.key.publicKeyFingerprint == key.publicKeyFingerprint)
      #expect(try permissions(files.keyPath) == 0o600)
      #expect(!DurableFile.exists(files.nextKeyPath))
    }
  }

  @Test func aCrashBeforeAnyStepLeavesTheOldOrTheNewPair() throws {
    for step in CredentialFiles.SwapStep.allCases {
      try withPair { files, oldKey, oldChain in
        let newKey = SigningKey.generate()
        let newChain = try issue(newKey)
        #expect(throws: IdentityError.self) {
          try files.writeSteps(key: newKey, chain: newChain, roots: [ca.certificate]) {
            (next) throws(IdentityError) in
            if next == step { throw IdentityError(.fileSystem, "power cut") }
          }
        }
        let loaded = try files.load()
        let isNew = step == .key
        #expect(loaded.chain == (isNew ? newChain : oldChain), "\(step)")
        #expect(
          loaded.key.publicKeyFingerprint
            == (isNew ? newKey : oldKey).publicKeyFingerprint, "\(step)")

        // The next renewal works and leaves nothing behind.
        let third = SigningKey.generate()
        let thirdChain = try issue(third)
        try files.replace(key: third, chain: thirdChain, roots: nil)
        #expect(try files.load().chain == thirdChain)
        #expect(!DurableFile.exists(files.nextKeyPath))
      }
    }
  }

  @Test func twoCrashesInARowLeaveAPairThatLoads() throws {
    for first in CredentialFiles.SwapStep.allCases {
      for second in CredentialFiles.SwapStep.allCases {
        try withPair { files, _, _ in
          for step in [first, second] {
            let key = SigningKey.generate()
            let chain = try issue(key)
            #expect(throws: IdentityError.self) {
              try files.writeSteps(key: key, chain: chain, roots: nil) {
                (next) throws(IdentityError) in
                if next == step || (step == .roots && next == .certificate) {
                  throw IdentityError(.fileSystem, "power cut")
                }
              }
            }
            #expect(throws: Never.self, "\(first), \(second)") { _ = try files.load() }
          }
        }
      }
    }
  }

  @Test func refusesToWriteAPairThatDoesNotBelongTogether() throws {
    try withPair { files, _, chain in
      let error = #expect(throws: IdentityError.self) {
        try files.replace(key: .generate(), chain: chain, roots: nil)
      }
      #expect(error?.code == .keyMismatch)
      let loaded = try files.load()
      #expect(loaded.chain == chain)
    }
  }

  @Test func refusesToLoadAMismatchAndNamesTheFiles() throws {
    try withPair { files, _, _ in
      try CertificateFile.replace(files.certificatePath, chain: issue(.generate()))
      let error = #expect(throws: IdentityError.self) { try files.load() }
      #expect(error?.code == .keyMismatch)
      #expect(error?.message.contains(files.keyPath) == true)
      #expect(error?.message.contains(files.certificatePath) == true)
    }
  }

  @Test func refusesAnUnsafeOrMissingFile() throws {
    try withPair { files, _, _ in
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o640], ofItemAtPath: files.keyPath)
      #expect(throws: IdentityError.self) { try files.load() }
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o600], ofItemAtPath: files.keyPath)
      try FileManager.default.removeItem(atPath: files.rootsPath)
      let error = #expect(throws: IdentityError.self) { try files.load() }
      #expect(error?.code == .missingFile)
      #expect(error?.message.contains("gateway-ca.pem") == true)
    }
  }

  @Test func aPrivateKeyAmongTheCertificatesIsRefused() throws {
    try withPair { files, key, chain in
      let pem =
        CertificatePEM.encode(chain) + key.pemRepresentation.withValue { $0 }
      try DurableFile.replace(
        files.certificatePath, contents: Array(pem.utf8), mode: .readableByAll)
      #expect(throws: IdentityError.self) { try files.load() }
    }
  }

  @Test func expiredCredentialsAreNotUsed() throws {
    try withPair { files, _, _ in
      let credentials = try files.load()
      #expect(throws: Never.self) { try credentials.requireValid() }
      let end = credentials.leaf.notAfter
      #expect(throws: Never.self) { try credentials.requireValid(at: end - 1) }
      let error = #expect(throws: IdentityError.self) { try credentials.requireValid(at: end) }
      #expect(error?.code == .expired)
    }
  }
}
