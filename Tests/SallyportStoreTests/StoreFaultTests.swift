import GRDB
import Glibc
import SallyportCore
import SallyportStore
import Testing

@testable import SallyportStoreSQLite

@Suite struct StoreFaultTests {
  @Test(
    "a full disk: nothing is acknowledged that is not there, and all goes on when there is room")
  func fullDisk() async throws {
    try await SmallDisk.with(mebibytes: 8) { disk in
      try await withStore(on: disk, reserve: 0) { fixture in
        let (job, worker, _) = try await fixture.makeRunningJob()
        disk.fill()
        var stored: UInt64 = 0
        var failure: StoreError?
        let block = [UInt8](repeating: 1, count: 1 << 18)
        while failure == nil {
          do {
            let result = try await fixture.append(
              job.attempt, worker, at: stored, block, maximum: 1 << 40)
            guard case .stored(_, let durable) = result else { break }
            stored = durable
          } catch let error as StoreError {
            failure = error
          }
        }
        let error = try #require(failure)
        #expect(error.code == .unavailable)
        #expect(error.message.hasPrefix("the store's disk is full"), "\(error)")
        #expect(fixture.store.health.reason?.hasPrefix("the store's disk is full") == true)

        disk.empty()
        #expect(
          try await fixture.append(job.attempt, worker, at: stored, block, maximum: 1 << 40)
            == .stored(previous: stored, durable: stored + UInt64(block.count)))
        #expect(fixture.store.health == .ok)
      }
    }
  }

  @Test("a batch that does not fit is tried piece by piece: the end of a job is recorded")
  func smallOnesFit() async throws {
    try await SmallDisk.with(mebibytes: 8) { disk in
      try await withStore(on: disk, reserve: 0) { fixture in
        let (job, worker, session) = try await fixture.makeRunningJob()
        try await fixture.submit()
        let other = try #require(try await fixture.claim(worker, session).first)
        _ = try await fixture.accept(other.attempt, worker)
        // Keeps the writer busy until both wait, so that they share a batch.
        async let blocker: Void = fixture.store.write { _ in usleep(300_000) }
        async let large = fixture.append(
          other.attempt, worker, at: 0, [UInt8](repeating: 1, count: 16 << 20), maximum: 1 << 40)
        async let small = fixture.finish(job.attempt, worker)
        _ = try await blocker
        do {
          _ = try await large
          Issue.record("16 MiB fit")
        } catch let error as StoreError {
          #expect(error.code == .unavailable)
        }
        guard case .recorded(let ended, _) = try await small else {
          Issue.record("not recorded")
          return
        }
        #expect(ended.state == .succeeded)
      }
    }
  }

  @Test("below the reserve new jobs are refused, and what runs is logged and ends")
  func reserve() async throws {
    try await SmallDisk.with(mebibytes: 32) { disk in
      try await withStore(on: disk, reserve: 24 << 20) { fixture in
        let (job, worker, _) = try await fixture.makeRunningJob()
        #expect(fixture.store.health == .ok)
        let ballast = disk.path + "/other"
        try [UInt8](repeating: 1, count: 12 << 20).write(to: ballast)
        do {
          try await fixture.submit()
          Issue.record("a job was accepted")
        } catch let error as StoreError {
          #expect(error.code == .unavailable)
          #expect(error.message.contains("24 MiB are kept for jobs that run"), "\(error.message)")
        }
        #expect(fixture.store.health.reason?.contains("disk is full") == true)
        #expect(
          try await fixture.append(job.attempt, worker, at: 0, [1, 2])
            == .stored(previous: 0, durable: 2))
        guard case .recorded = try await fixture.finish(job.attempt, worker) else {
          Issue.record("not recorded")
          return
        }
        unlink(ballast)
        try await fixture.submit()
        #expect(fixture.store.health == .ok)
      }
    }
  }

  @Test("a lock of another process is said to be one, and its end is noticed")
  func locked() async throws {
    try await StoreFixture.with { fixture in
      var limits = SQLiteStoreLimits()
      limits.busyTimeout = .milliseconds(50)
      let store = try fixture.open(limits: limits)
      var configuration = Configuration()
      configuration.allowsUnsafeTransactions = true
      let other = try DatabaseQueue(path: fixture.path, configuration: configuration)
      try other.inDatabase { try $0.execute(sql: "BEGIN IMMEDIATE") }
      do {
        try await store.beat(at: fixture.start)
        Issue.record("written under a lock")
      } catch let error as StoreError {
        #expect(error.code == .unavailable)
        #expect(error.message.hasPrefix("the store is locked by another process"))
      }
      #expect(store.health.reason?.hasPrefix("the store is locked") == true)
      // Reading goes on.
      #expect(try await store.tenant(fixture.tenant) != nil)
      try other.inDatabase { try $0.execute(sql: "COMMIT") }
      try await store.beat(at: fixture.start)
      #expect(store.health == .ok)
      try await store.close()
    }
  }

  @Test("errors of SQLite are told apart by what people have to do")
  func kinds() {
    for (code, kind) in [
      (ResultCode.SQLITE_FULL, StoreFault.Kind.diskFull), (.SQLITE_BUSY, .locked),
      (.SQLITE_READONLY, .readOnly), (.SQLITE_READONLY_DBMOVED, .readOnly),
      (.SQLITE_IOERR_WRITE, .failing), (.SQLITE_IOERR_SHMSIZE, .diskFull),
      (.SQLITE_CORRUPT, .damaged),
    ] {
      #expect(StoreFault(DatabaseError(resultCode: code))?.kind == kind, "\(code)")
    }
    #expect(StoreFault(DatabaseError(resultCode: .SQLITE_CONSTRAINT_UNIQUE)) == nil)
  }

  private func withStore(
    on disk: SmallDisk, reserve: Int, _ body: (StoreFixture) async throws -> Void
  ) async throws {
    var limits = SQLiteStoreLimits()
    limits.reserve = reserve
    let path = disk.path + "/gateway.db"
    let master = StoreFixture.masterKey()
    let fixture = StoreFixture(
      path: path,
      store: try StoreFixture.open(path, creating: true, master, limits: limits), master: master)
    try await fixture.makeTenant(fixture.tenant)
    try await body(fixture)
    try await fixture.store.close()
  }

}

extension [UInt8] {
  fileprivate func write(to path: String) throws {
    let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    defer { close(file) }
    try #require(withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) } == count)
  }
}
