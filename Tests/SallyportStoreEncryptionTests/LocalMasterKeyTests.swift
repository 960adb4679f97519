import FoundationEssentials
import Glibc
import SallyportCore
import SallyportTestSupport
import Testing

@testable import SallyportStoreEncryption

struct LocalMasterKeyTests {
  @Test func aTenantKeyComesBack() async throws {
    let master = try Samples.master()
    let key = TenantKey.generate(for: Samples.acme, id: .first)
    let stored = try await master.wrap(key).bytes
    let unwrapped = try await Samples.master().unwrap(
      WrappedTenantKey(stored), of: Samples.acme, id: .first)
    let value = try key.encrypt([1, 2, 3], at: Samples.place)
    #expect(try unwrapped.decrypt(value, at: Samples.place) == [1, 2, 3])
  }

  @Test func itIsTheKeyOfItsTenantAndNumberOnly() async throws {
    let master = try Samples.master()
    let wrapped = try await master.wrap(Samples.key())
    let second = try #require(TenantKeyID.first.next)
    for (tenant, id) in [(Samples.globex, TenantKeyID.first), (Samples.acme, second)] {
      let error = await #expect(throws: EncryptionError.self) {
        _ = try await master.unwrap(wrapped, of: tenant, id: id)
      }
      #expect(error?.code == .notAuthentic)
    }
  }

  @Test func anotherMasterKeyDoesNotUnwrapIt() async throws {
    let wrapped = try await Samples.master(seed: 9).wrap(Samples.key())
    let other = try Samples.master(seed: 10)
    let error = await #expect(throws: EncryptionError.self) {
      _ = try await other.unwrap(wrapped, of: Samples.acme, id: .first)
    }
    #expect(error?.code == .wrongKey)
    // Nor when the row is made to name it.
    let forged = try WrappedTenantKey(masterKey: other.id, wrapped: wrapped.wrapped)
    let second = await #expect(throws: EncryptionError.self) {
      _ = try await other.unwrap(forged, of: Samples.acme, id: .first)
    }
    #expect(second?.code == .notAuthentic)
  }

  @Test func noBitOfItCanBeChangedAndNothingCut() async throws {
    let master = try Samples.master()
    let stored = try await master.wrap(Samples.key()).bytes
    var changes = stored.indices.map { index in
      var changed = stored
      changed[index] ^= 1
      return changed
    }
    changes += (0..<stored.count).map { Array(stored[..<$0]) }
    changes.append(stored + [0])
    for bytes in changes {
      await #expect(throws: EncryptionError.self) {
        _ = try await master.unwrap(WrappedTenantKey(bytes), of: Samples.acme, id: .first)
      }
    }
  }

  @Test func theSameKeyHasTheSameIDAndNoOther() throws {
    #expect(try Samples.master(seed: 1).id == Samples.master(seed: 1).id)
    #expect(try Samples.master(seed: 1).id != Samples.master(seed: 2).id)
    #expect(try Samples.master(seed: 1).id.bytes != Array(Samples.bytes(seed: 1).prefix(16)))
  }

  @Test func aFileOfItsOwnerIsRead() async throws {
    try await Samples.withFolder { folder in
      let path = folder + "/master.key"
      try Data((Samples.base64(seed: 9) + "\n").utf8).write(to: URL(filePath: path))
      #expect(chmod(path, 0o600) == 0)
      #expect(try LocalMasterKey(file: path).id == Samples.master().id)
      for mode in [mode_t(0o640), 0o604, 0o660] {
        #expect(chmod(path, mode) == 0)
        let error = #expect(throws: EncryptionError.self) { try LocalMasterKey(file: path) }
        #expect(error?.code == .unusableMasterKey)
        #expect(error?.message.contains("chmod 600") == true)
      }
      #expect(throws: EncryptionError.self) { try LocalMasterKey(file: folder + "/none") }
      #expect(throws: EncryptionError.self) { try LocalMasterKey(file: folder) }
    }
  }

  @Test func aVariableIsRead() throws {
    let name = "SALLYPORT_TEST_MASTER_KEY"
    #expect(throws: EncryptionError.self) { try LocalMasterKey(variable: name + "_NONE") }
    #expect(setenv(name, Samples.base64(seed: 9), 1) == 0)
    defer { unsetenv(name) }
    #expect(try LocalMasterKey(variable: name).id == Samples.master().id)
  }

  @Test(arguments: [
    "", "\n", "AAAA", "not base64 at all, and forty-four characters",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    // 31 and 33 bytes.
    "3q2+7wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGg==",
    "3q2+7wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhsc",
  ])
  func whatIsNoKeyIsRefusedAndNotShown(_ text: String) {
    let error = #expect(throws: EncryptionError.self) {
      try LocalMasterKey(text: Array(text.utf8), source: "/etc/key")
    }
    #expect(error?.code == .unusableMasterKey)
    #expect(error?.message.contains("/etc/key") == true)
    if text.count > 3 { #expect(error?.message.contains(text) == false) }
  }

  @Test func formsThatBase64AlmostHasAreRefused() throws {
    let text = Samples.base64(seed: 9)
    for changed in [
      text + "\n\n", " " + text, text + " ", String(text.dropLast()), text + "=",
      text.replacing("=", with: ""), text + text, "\u{FEFF}" + text,
    ] {
      #expect(throws: EncryptionError.self) {
        try LocalMasterKey(text: Array(changed.utf8), source: "x")
      }
    }
  }
}
