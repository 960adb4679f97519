import Foundation
import SallyportCore
import SallyportStore
import SallyportStoreEncryption
import SallyportStoreSQLite
import Testing

/// A store of before, which becomes an encrypted one.
@Suite struct FirstEncryptionTests {
  private struct Interrupted: Error {}

  @Test("a plain store is encrypted, leaves nothing plain behind, and says what it said before")
  func encrypted() async throws {
    try await StoreFixture.with(isEncrypted: false) { fixture in
      let canaries = try await Canaries(in: fixture)
      try await fixture.submit(
        scheduling: Scheduling(selector: [
          Canaries.word("label-key"): Canaries.word("label-value")
        ]))
      let before = try await canaries.answers(of: fixture.store)
      try await fixture.store.close()
      let keyring = StoreFixture.keyring(fixture.path, try #require(StoreFixture.masterKey()))
      #expect(throws: StoreError.self) {
        try SQLiteStore(path: fixture.path, creating: false, keyring: keyring)
      }
      #expect(try await StoreEncrypting.encrypt(fixture.path, with: keyring) { _ in })
      #expect(try canaries.found(in: canaries.folder).isEmpty)
      #expect(throws: StoreError.self) { try SQLiteStore(path: fixture.path, creating: false) }

      let store = try SQLiteStore(path: fixture.path, creating: false, keyring: keyring)
      #expect(try await canaries.answers(of: store) == before)
      try await checkMatching(canaries, fixture, store)
      try await store.close()
      #expect(StoreDoctor.examine(fixture.path).allSatisfy { $0.status == .ok })
      #expect(try await StoreEncrypting.encrypt(fixture.path, with: keyring) { _ in } == false)
    }
  }

  @Test("interrupted after any of its transactions, it goes on, and is refused until it has ended")
  func interrupted() async throws {
    try await StoreFixture.with(isEncrypted: false) { fixture in
      let canaries = try await Canaries(in: fixture)
      let before = try await canaries.answers(of: fixture.store)
      try await fixture.store.close()
      let keyring = StoreFixture.keyring(fixture.path, try #require(StoreFixture.masterKey()))
      var interruptions = 0
      while true {
        do {
          _ = try await StoreEncrypting.encrypt(fixture.path, with: keyring) { _ in
            throw Interrupted()
          }
          break
        } catch let error as StoreError where error.cause is Interrupted {
          interruptions += 1
          try #require(interruptions < 100)
          for keys in [nil, keyring] {
            #expect(throws: StoreError.self) {
              try SQLiteStore(path: fixture.path, creating: false, keyring: keys)
            }
          }
        }
      }
      #expect(interruptions > 10)
      #expect(try canaries.found(in: canaries.folder).isEmpty)
      let store = try SQLiteStore(path: fixture.path, creating: false, keyring: keyring)
      #expect(try await canaries.answers(of: store) == before)
      try await store.close()
    }
  }

  @Test("a store that a gateway has open is not encrypted under it")
  func inUse() async throws {
    try await StoreFixture.with(isEncrypted: false) { fixture in
      let keyring = StoreFixture.keyring(fixture.path, try #require(StoreFixture.masterKey()))
      await #expect(throws: StoreError.self) {
        try await StoreEncrypting.encrypt(fixture.path, with: keyring) { _ in }
      }
      try await fixture.submit()
      #expect(try await fixture.reopened().store.tenant(fixture.tenant) != nil)
    }
  }

  /// Labels and idempotency keys, which are compared and not read.
  private func checkMatching(
    _ canaries: Canaries, _ fixture: StoreFixture, _ store: SQLiteStore
  ) async throws {
    let later = StoreFixture(path: fixture.path, store: store, master: nil)
    let selector = [Canaries.word("label-key"): Canaries.word("label-value")]
    let again = try await later.submit(
      key: Canaries.word("idempotency") + "0", spec: Array(Canaries.word("spec").utf8),
      scheduling: Scheduling(selector: selector))
    #expect(again.job.id == canaries.finished.id || again.job.id == canaries.running.id)
    #expect(!again.isNew)
    _ = try await store.setPause(
      nil, of: fixture.pool, of: fixture.tenant, audit: fixture.audit())
    let session = try await later.openSession(of: canaries.worker, labels: ["other": "label"])
    #expect(try await later.claim(canaries.worker, session).isEmpty)
    let (worker, matching) = try await later.makeWorker(labels: selector)
    #expect(try await later.claim(worker, matching, limit: 3).isEmpty == false)
  }
}
