import Foundation
import SallyportCore
import Testing

@testable import SallyportStoreEncryption

@Suite struct DestroyedKeysTests {
  private func withKeyring(
    _ body: (_ keyring: TenantKeyring, _ folder: String) async throws -> Void
  ) async throws {
    try await Samples.withFolder { path in
      let keyring = TenantKeyring(folder: "\(path)/keys", master: try Samples.master())
      for tenant in [Samples.acme, Samples.globex] { try await keyring.make(for: tenant) }
      try await body(keyring, "\(path)/keys")
    }
  }

  private func bytes(_ file: String) -> [UInt8]? {
    FileManager.default.contents(atPath: file).map { Array($0) }
  }

  @Test(
    "keys that were destroyed are opened by nobody, made by nobody, and nobody else's are touched")
  func destroyed() async throws {
    try await withKeyring { keyring, folder in
      let (before, others) = (try #require(bytes("\(folder)/acme")), bytes("\(folder)/globex"))
      // Who can still read the old file finds nothing in it.
      try FileManager.default.linkItem(atPath: "\(folder)/acme", toPath: "\(folder)-link")
      try await keyring.destroyKeys(of: Samples.acme)
      let after = try #require(bytes("\(folder)-link"))
      #expect(after == [UInt8](repeating: 0, count: before.count))
      #expect(keyring.keys(of: Samples.acme) == nil)
      #expect(await code { try await keyring.open(Samples.acme) } == .destroyed)
      #expect(await code { try await keyring.make(for: Samples.acme) } == .destroyed)
      #expect(try await keyring.isDestroyed(Samples.acme))
      #expect(try await keyring.standing(of: Samples.acme) == nil)
      let rotating = TenantKeyring(
        folder: folder, master: try Samples.master(), next: try Samples.master(seed: 3))
      #expect(try await rotating.rewrap(Samples.acme) == false)
      #expect(bytes("\(folder)/globex") == others)
      #expect(try await keyring.isDestroyed(Samples.globex) == false)
      let again = TenantKeyring(folder: folder, master: try Samples.master())
      #expect(await code { try await again.open(Samples.acme) } == .destroyed)
      try await again.open(Samples.globex)
      let mode = try FileManager.default.attributesOfItem(atPath: "\(folder)/acme")[
        .posixPermissions]
      #expect(mode as? Int == 0o600)
    }
  }

  @Test("what an interrupted change has left beside the file is destroyed with it")
  func leftovers() async throws {
    try await withKeyring { keyring, folder in
      let wrapped = try #require(bytes("\(folder)/acme"))
      for name in ["acme.0123456789abcdef.tmp", "acmes", "globex.0123456789abcdef.tmp"] {
        try Data(wrapped).write(to: URL(filePath: "\(folder)/\(name)"))
      }
      try await keyring.destroyKeys(of: Samples.acme)
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
          == ["acme", "acmes", "globex", "globex.0123456789abcdef.tmp"])
      #expect(bytes("\(folder)/acmes") == wrapped)
    }
  }

  @Test("whatever a purge that was interrupted has left of the file, the next one ends it")
  func interrupted() async throws {
    try await withKeyring { keyring, folder in
      let file = "\(folder)/acme"
      let size = try #require(bytes(file)).count
      for left in [[UInt8](repeating: 0, count: size), [], Array("{".utf8)] {
        try Data(left).write(to: URL(filePath: file))
        try await keyring.destroyKeys(of: Samples.acme)
        #expect(try await keyring.isDestroyed(Samples.acme))
      }
      try FileManager.default.removeItem(atPath: file)
      try await keyring.destroyKeys(of: Samples.acme)
      #expect(try await keyring.isDestroyed(Samples.acme))
    }
  }

  @Test("a copy of the keys that somebody brings back is destroyed again")
  func broughtBack() async throws {
    try await withKeyring { keyring, folder in
      let wrapped = try #require(bytes("\(folder)/acme"))
      try await keyring.destroyKeys(of: Samples.acme)
      try Data(wrapped).write(to: URL(filePath: "\(folder)/acme"))
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o600], ofItemAtPath: "\(folder)/acme")
      try await keyring.destroyKeys(of: Samples.acme)
      #expect(await code { try await keyring.open(Samples.acme) } == .destroyed)
    }
  }

  @Test("a link in the place of the file is not followed")
  func link() async throws {
    try await withKeyring { keyring, folder in
      let victim = try #require(bytes("\(folder)/globex"))
      try FileManager.default.removeItem(atPath: "\(folder)/acme")
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder)/acme", withDestinationPath: "\(folder)/globex")
      #expect(await code { try await keyring.destroyKeys(of: Samples.acme) } == .keyFile)
      #expect(bytes("\(folder)/globex") == victim)
    }
  }

  @Test("who opens keys while they are destroyed does not bring them back")
  func racing() async throws {
    try await withKeyring { keyring, _ in
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<8 {
          group.addTask {
            for _ in 0..<50 { try? await keyring.open(Samples.acme) }
          }
        }
        group.addTask { try? await keyring.destroyKeys(of: Samples.acme) }
      }
      #expect(keyring.keys(of: Samples.acme) == nil)
    }
  }

  @Test("a chain says which records there were, and in which order")
  func chain() throws {
    var (one, other, cut) = (RecordChain(), RecordChain(), RecordChain())
    #expect(one.description == "")
    one.add([[1], [2]])
    one.add([[3]])
    other.add([[3]])
    other.add([[1], [2]])
    cut.add([[1, 2]])
    cut.add([[3]])
    #expect(Set([one, other, cut]).count == 3)
    #expect(one.description.count == 64)
    var resumed = RecordChain()
    resumed.add([[1], [2]])
    resumed = RecordChain(digest: resumed.digest)
    resumed.add([[3]])
    #expect(resumed == one)
  }
}
