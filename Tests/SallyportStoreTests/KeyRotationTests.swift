import Foundation
import SallyportCore
import SallyportStore
import SallyportStoreEncryption
import SallyportStoreSQLite
import Testing

@Suite struct KeyRotationTests {
  private struct Interrupted: Error {}

  @Test("a tenant's key is rotated while two processes write, and the old key is of no use then")
  func underLoad() async throws {
    try await StoreFixture.with { fixture in
      let canaries = try await Canaries(in: fixture)
      let before = try await canaries.answers(of: fixture.store)
      try keepOldKeys(of: fixture)
      let other = try fixture.open()
      _ = try await other.tenant(fixture.tenant)
      var specs: [JobID: [UInt8]] = [:]
      try await withThrowingTaskGroup(of: [JobID: [UInt8]].self) { group in
        for store in [fixture.store, other] {
          let writer = StoreFixture(path: fixture.path, store: store, master: nil)
          group.addTask {
            var written: [JobID: [UInt8]] = [:]
            for number in 0..<200 {
              let spec = Array("\(number)".utf8)
              let job = try await writer.submit(spec: spec).job.id
              written[job] = spec
              let read = try await store.jobSpecs(
                of: [job], of: fixture.tenant, budget: 1 << 20)
              #expect(read[job] == spec)
            }
            return written
          }
        }
        try await other.rotateKey(of: fixture.tenant) { _ in }
        for try await written in group { specs.merge(written) { $1 } }
      }
      #expect(specs.count == 400)
      for store in [fixture.store, other] {
        for (job, spec) in specs {
          let read = try await store.jobSpecs(of: [job], of: fixture.tenant, budget: 1 << 20)
          #expect(read[job] == spec)
        }
        #expect(try await canaries.answers(of: store).hasPrefix(before.prefix(200)))
      }
      try await other.close()
      try await fixture.store.close()
      try await checkOldKeysAreUseless(fixture, canaries)
      let reopened = try fixture.open()
      #expect(try await canaries.answers(of: reopened).hasPrefix(before.prefix(200)))
      try await reopened.close()
    }
  }

  @Test(
    "interrupted after any of its transactions, a rotation goes on, and all can be read meanwhile")
  func interrupted() async throws {
    try await StoreFixture.with { fixture in
      let canaries = try await Canaries(in: fixture)
      let before = try await canaries.answers(of: fixture.store)
      try await fixture.store.close()
      try keepOldKeys(of: fixture)
      var interruptions = 0
      while true {
        let store = try fixture.open()
        #expect(try await canaries.answers(of: store) == before)
        do {
          try await store.rotateKey(of: fixture.tenant) { _ in throw Interrupted() }
          try await store.close()
          break
        } catch is Interrupted {
          interruptions += 1
          try #require(interruptions < 100)
          try await store.close()
        }
      }
      #expect(interruptions > 10)
      let keyring = StoreFixture.keyring(fixture.path, try #require(fixture.master))
      let standing = try #require(try await keyring.standing(of: fixture.tenant))
      #expect(standing.current.rawValue == 2)
      #expect(standing.old == nil)
      let store = try fixture.open()
      #expect(try await canaries.answers(of: store) == before)
      try await store.close()
      try await checkOldKeysAreUseless(fixture, canaries)
    }
  }

  @Test("all tenants' keys are wrapped by another master key, and the old one opens nothing")
  func master() async throws {
    try await StoreFixture.with { fixture in
      let canaries = try await Canaries(in: fixture)
      let before = try await canaries.answers(of: fixture.store)
      let new = try #require(StoreFixture.masterKey())
      let keyring = StoreFixture.keyring(fixture.path, try #require(fixture.master), next: new)
      #expect(try await keyring.rewrap(fixture.tenant))
      #expect(try await keyring.rewrap(fixture.tenant) == false)
      // Who has the keys open goes on.
      #expect(try await canaries.answers(of: fixture.store) == before)
      try await fixture.store.close()
      let old = try fixture.open()
      await #expect(throws: StoreError.self) { try await old.openKeys() }
      try await old.close()
      let store = try StoreFixture.open(fixture.path, creating: false, new)
      #expect(try await canaries.answers(of: store) == before)
      try await store.close()
    }
  }

  @Test("two commands do not change keys at once")
  func lock() async throws {
    try await StoreFixture.with { fixture in
      let master = try #require(fixture.master)
      let lock = try StoreFixture.keyring(fixture.path, master).lock()
      #expect(throws: EncryptionError.self) {
        try StoreFixture.keyring(fixture.path, master).lock()
      }
      lock.release()
      try StoreFixture.keyring(fixture.path, master).lock().release()
    }
  }

  private func keepOldKeys(of fixture: StoreFixture) throws {
    try FileManager.default.copyItem(
      atPath: fixture.path + ".keys", toPath: fixture.path + ".old-keys")
  }

  /// A thief with the master key and the keys of before the rotation.
  private func checkOldKeysAreUseless(
    _ fixture: StoreFixture, _ canaries: Canaries
  ) async throws {
    let keyring = TenantKeyring(
      folder: fixture.path + ".old-keys", master: try #require(fixture.master))
    let thief = try SQLiteStore(path: fixture.path, creating: false, keyring: keyring)
    try await thief.openKeys()
    for job in [canaries.running, canaries.finished] {
      await #expect(throws: StoreError.self) {
        _ = try await thief.jobSpecs(of: [job.id], of: fixture.tenant, budget: 1 << 20)
      }
      await #expect(throws: StoreError.self) {
        _ = try await thief.job(job.id, of: fixture.tenant)
      }
    }
    await #expect(throws: StoreError.self) { _ = try await thief.tenant(fixture.tenant) }
    try await thief.close()
  }
}
