import Foundation
import SallyportCore
import Testing

@testable import SallyportStoreEncryption

@Suite struct TenantKeyringTests {
  @Test("keys that were made are opened by who has the master key, and are everybody's for good")
  func made() async throws {
    try await Samples.withFolder { path in
      let master = try LocalMasterKey.create(file: "\(path)/master")
      let maker = TenantKeyring(folder: "\(path)/keys", master: master)
      try await maker.make(for: Samples.acme)
      let place = ValuePlace(table: "t", column: "c", row: [.integer(1)])
      let keys = try #require(maker.keys(of: Samples.acme))
      let value = try keys.current.encrypt([1, 2, 3], at: place)
      // Again, as after a crash before the tenant was there.
      try await maker.make(for: Samples.acme)

      let again = TenantKeyring(
        folder: "\(path)/keys", master: try LocalMasterKey(file: "\(path)/master"))
      #expect(again.keys(of: Samples.acme) == nil)
      try await again.open(Samples.acme)
      let opened = try #require(again.keys(of: Samples.acme))
      #expect(try opened.decrypt(value, at: place) == [1, 2, 3])
      let hash = keys.index.hash([1], table: "t", column: "c")
      #expect(opened.index.hash([1], table: "t", column: "c") == hash)
      #expect(opened.index.hash([1], table: "t", column: "d") != hash)
      #expect(opened.index.hash([2], table: "t", column: "c") != hash)
      for name in ["keys", "keys/acme", "master"] {
        let mode = try FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")[
          .posixPermissions]
        #expect(mode as? Int == (name == "keys" ? 0o700 : 0o600))
      }
    }
  }

  @Test("one who waits for keys asks the master key no second time")
  func together() async throws {
    actor Asked {
      var count = 0
      func increment() { count += 1 }
    }
    struct Counting: MasterKey {
      let master: LocalMasterKey
      let asked: Asked
      var id: MasterKeyID { master.id }
      func wrap(
        _ key: SymmetricKeyBytes, binding: [UInt8]
      ) async throws(EncryptionError) -> [UInt8] {
        try await master.wrap(key, binding: binding)
      }
      func unwrap(
        _ wrapped: [UInt8], binding: [UInt8]
      ) async throws(EncryptionError) -> SymmetricKeyBytes {
        await asked.increment()
        return try await master.unwrap(wrapped, binding: binding)
      }
    }
    try await Samples.withFolder { path in
      let master = try LocalMasterKey.create(file: "\(path)/master")
      try await TenantKeyring(folder: path, master: master).make(for: Samples.acme)
      let asked = Asked()
      let keyring = TenantKeyring(folder: path, master: Counting(master: master, asked: asked))
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<50 { group.addTask { try? await keyring.open(Samples.acme) } }
      }
      #expect(keyring.keys(of: Samples.acme) != nil)
      // The tenant's key and its index key.
      #expect(await asked.count == 2)
    }
  }

  @Test(
    "a file of keys that is not of the form is refused, whatever it is",
    arguments: [
      "", "{}", "[]", "null", "{\"version\":1,\"keys\":[],\"index\":\"AQ==\"}",
      "{\"version\":2,\"keys\":KEYS,\"index\":WRAPPED}",
      "{\"version\":1,\"keys\":[{\"number\":0,\"wrapped\":WRAPPED}],\"index\":WRAPPED}",
      "{\"version\":1,\"keys\":[{\"number\":4294967295,\"wrapped\":WRAPPED}],\"index\":WRAPPED}",
      "{\"version\":1,\"keys\":[{\"number\":1,\"wrapped\":\"\"}],\"index\":WRAPPED}",
      "{\"version\":1,\"keys\":[{\"number\":2,\"wrapped\":WRAPPED},"
        + "{\"number\":1,\"wrapped\":WRAPPED}],\"index\":WRAPPED}",
      "{\"version\":1,\"keys\":[{\"number\":1,\"wrapped\":WRAPPED},"
        + "{\"number\":1,\"wrapped\":WRAPPED}],\"index\":WRAPPED}",
      "{\"version\":1,\"keys\":[{\"number\":-1,\"wrapped\":WRAPPED}],\"index\":WRAPPED}",
    ])
  func malformed(_ text: String) throws {
    let master = try #require(MasterKeyID([UInt8](repeating: 7, count: 16)))
    let wrapped = Data(try WrappedTenantKey(masterKey: master, wrapped: [1]).bytes)
      .base64EncodedString()
    let document = text.replacing("WRAPPED", with: "\"\(wrapped)\"")
    #expect {
      try TenantKeyFile(Array(document.utf8), source: "file")
    } throws: {
      ($0 as? EncryptionError)?.code == .malformed
    }
    let good =
      "{\"version\":1,\"keys\":[{\"number\":3,\"wrapped\":\"\(wrapped)\"}],"
      + "\"index\":\"\(wrapped)\"}"
    #expect(try TenantKeyFile(Array(good.utf8), source: "file").current.rawValue == 3)
  }

  @Test(
    "while keys go from one master key to the next, who has both opens all, and makes by the new")
  func twoMasterKeys() async throws {
    try await Samples.withFolder { path in
      let (old, new) = (try Samples.master(), try Samples.master(seed: 3))
      for tenant in [Samples.acme, Samples.globex] {
        try await TenantKeyring(folder: path, master: old).make(for: tenant)
      }
      let both = TenantKeyring(folder: path, master: old, next: new)
      #expect(try await both.rewrap(Samples.acme))
      #expect(try await both.rewrap(Samples.acme) == false)
      for tenant in [Samples.acme, Samples.globex] {
        try await TenantKeyring(folder: path, master: old, next: new).open(tenant)
      }
      let initech = TenantName(unchecked: "initech")
      try await both.make(for: initech)
      let (before, after) = (
        TenantKeyring(folder: path, master: old), TenantKeyring(folder: path, master: new)
      )
      for tenant in [Samples.acme, initech] {
        #expect(await code { try await before.open(tenant) } == .wrongKey)
        try await after.open(tenant)
      }
      #expect(await code { try await after.open(Samples.globex) } == .wrongKey)
      // Without a next one, nothing is wrapped.
      #expect(try await before.rewrap(Samples.globex) == false)
      try await before.open(Samples.globex)
    }
  }

  @Test("no copy of the old keys is left of a rotation that was interrupted")
  func leftovers() async throws {
    try await Samples.withFolder { path in
      let keyring = TenantKeyring(
        folder: path, master: try Samples.master(), next: try Samples.master(seed: 3))
      try await TenantKeyring(folder: path, master: try Samples.master()).make(for: Samples.acme)
      let leftover = "\(path)/acme.0123456789abcdef.tmp"
      func interrupt() throws {
        try FileManager.default.copyItem(atPath: "\(path)/acme", toPath: leftover)
      }
      func isLeft() -> Bool { FileManager.default.fileExists(atPath: leftover) }
      try interrupt()
      #expect(try await keyring.rewrap(Samples.acme))
      #expect(isLeft() == false)
      try await keyring.addKey(for: Samples.acme)
      try interrupt()
      try await keyring.removeOldKeys(of: Samples.acme)
      #expect(isLeft() == false)
    }
  }

  @Test("a file that others can read, another tenant's file, and none are not used")
  func unsafe() async throws {
    try await Samples.withFolder { path in
      let master = try LocalMasterKey.create(file: "\(path)/master")
      try await TenantKeyring(folder: path, master: master).make(for: Samples.acme)
      let other = Samples.globex
      try FileManager.default.copyItem(atPath: "\(path)/acme", toPath: "\(path)/globex")
      let keyring = TenantKeyring(folder: path, master: master)
      #expect(await code { try await keyring.open(other) } == .notAuthentic)
      #expect(
        await code { try await keyring.open(TenantName(unchecked: "initech")) } == .keyFile)
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o644], ofItemAtPath: "\(path)/acme")
      #expect(await code { try await keyring.open(Samples.acme) } == .keyFile)
    }
  }
}
