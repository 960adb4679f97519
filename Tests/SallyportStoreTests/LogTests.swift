import SallyportCore
import SallyportStore
import SallyportStoreSQLite
import Testing

@Suite struct LogTests {
  @Test("chunks of any size at any offset are stored once, in order")
  func offsets() async throws {
    try await StoreFixture.with { fixture in
      let (job, worker, _) = try await fixture.makeRunningJob()
      let attempt = job.attempt
      let whole = (0..<1_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
      func send(_ range: Range<Int>) async throws -> LogAppendResult {
        try await fixture.append(attempt, worker, at: UInt64(range.lowerBound), Array(whole[range]))
      }
      #expect(try await send(0..<100) == .stored(previous: 0, durable: 100))
      #expect(try await send(100..<101) == .stored(previous: 100, durable: 101))
      #expect(try await send(102..<200) == .gap(durable: 101))
      #expect(try await send(101..<101) == .stored(previous: 101, durable: 101))
      #expect(try await send(0..<101) == .stored(previous: 101, durable: 101))
      #expect(try await send(50..<51) == .stored(previous: 101, durable: 101))
      #expect(try await send(100..<500) == .stored(previous: 101, durable: 500))
      #expect(try await send(0..<1_000) == .stored(previous: 500, durable: 1_000))
      for (offset, limit) in [(0, 2_000), (0, 1), (100, 1), (101, 399), (499, 2), (999, 5)] {
        let read = try await fixture.store.readLog(
          of: attempt, of: fixture.tenant, from: UInt64(offset), limit: limit)
        #expect(read == Array(whole[offset..<min(offset + limit, 1_000)]))
      }
      #expect(
        try await fixture.store.readLog(of: attempt, of: fixture.tenant, from: 1_000, limit: 9)
          .isEmpty)
    }
  }

  @Test("bytes that differ from acknowledged ones are refused")
  func mismatch() async throws {
    try await StoreFixture.with { fixture in
      let (job, worker, _) = try await fixture.makeRunningJob()
      _ = try await fixture.append(job.attempt, worker, at: 0, [1, 2, 3, 4])
      #expect(try await fixture.append(job.attempt, worker, at: 3, [9, 5]) == .mismatch)
      #expect(try await fixture.append(job.attempt, worker, at: 0, [0]) == .mismatch)
      let log = try await fixture.watchedLog(job.attempt, by: worker)
      #expect(log.extent == LogExtent(length: 4, state: .open))
    }
  }

  @Test("a log stops at its maximum length")
  func full() async throws {
    try await StoreFixture.with { fixture in
      let (job, worker, _) = try await fixture.makeRunningJob()
      let attempt = job.attempt
      #expect(
        try await fixture.append(attempt, worker, at: 0, [1, 2, 3], maximum: 3)
          == .stored(previous: 0, durable: 3))
      #expect(
        try await fixture.append(attempt, worker, at: 3, [4], maximum: 3) == .full(durable: 3))
    }
  }

  @Test("another tenant reads nothing, and a finished attempt takes nothing")
  func access() async throws {
    try await StoreFixture.with { fixture in
      let (job, worker, _) = try await fixture.makeRunningJob()
      _ = try await fixture.append(job.attempt, worker, at: 0, [1, 2])
      let other = TenantName(unchecked: "globex")
      let shown = try await fixture.watchedLog(job.attempt, of: other, by: worker)
      #expect(shown.watched == WatchedJob(standing: .active, job: nil))
      #expect(shown.extent == nil && shown.bytes == [])
      #expect(
        try await fixture.store.readLog(of: job.attempt, of: other, from: 0, limit: 9).isEmpty)
      _ = try await fixture.finish(job.attempt, worker)
      #expect(try await fixture.append(job.attempt, worker, at: 2, [3]) == .notHeld)
    }
  }

  @Test("one look shows a job, how long its log is, and the bytes")
  func watched() async throws {
    try await StoreFixture.with { fixture in
      let (job, worker, _) = try await fixture.makeRunningJob()
      _ = try await fixture.append(job.attempt, worker, at: 0, [1, 2, 3])
      let now = try await fixture.store.job(job.id, of: fixture.tenant)
      var log = try await fixture.watchedLog(job.attempt, by: worker, from: 1)
      #expect(log.watched == WatchedJob(standing: .active, job: now))
      #expect(log.extent == LogExtent(length: 3, state: .open) && log.bytes == [2, 3])
      log = try await fixture.watchedLog(job.attempt, by: worker, from: 3)
      #expect(log.extent?.length == 3 && log.bytes == [])
      let latest = try await fixture.store.watchedLog(
        of: job.id, epoch: nil, from: 0, limit: 2, of: fixture.tenant,
        by: .worker(tenant: worker.tenant, pool: worker.pool, id: worker.id))
      #expect(latest.epoch == job.epoch && latest.bytes == [1, 2])
    }
  }

  @Test("who is not in good standing is shown nothing")
  func watchedByStranger() async throws {
    try await StoreFixture.with { fixture in
      let (job, worker, _) = try await fixture.makeRunningJob()
      _ = try await fixture.append(job.attempt, worker, at: 0, [1])
      let stranger = WorkerReference(
        tenant: worker.tenant, pool: worker.pool, id: WorkerID.random())
      let log = try await fixture.watchedLog(job.attempt, by: stranger)
      #expect(log == WatchedLog(watched: WatchedJob(standing: .unknown, job: nil), epoch: 1))
      let seen = try await fixture.store.watchedJob(
        job.id, of: fixture.tenant,
        by: .worker(tenant: stranger.tenant, pool: stranger.pool, id: stranger.id),
        withSpec: true)
      #expect(seen == WatchedJob(standing: .unknown, job: nil))
    }
  }

  @Test("a watcher is shown what the job asks for where it wants that")
  func watchedSpec() async throws {
    try await StoreFixture.with { fixture in
      let (job, worker, _) = try await fixture.makeRunningJob()
      let watcher = GatewayIdentity.worker(tenant: worker.tenant, pool: worker.pool, id: worker.id)
      let spec = try await fixture.store.jobSpecs(of: [job.id], of: fixture.tenant, budget: .max)
      for withSpec in [true, false] {
        let seen = try await fixture.store.watchedJob(
          job.id, of: fixture.tenant, by: watcher, withSpec: withSpec)
        #expect(seen.standing == .active && seen.job?.id == job.id)
        #expect(seen.spec == (withSpec ? spec[job.id] : []))
      }
      #expect(spec[job.id]?.isEmpty == false)
    }
  }

  @Test("an offer's contents are the jobs' and the tenant's")
  func offerContents() async throws {
    try await StoreFixture.with { fixture in
      let job = try await fixture.submit(spec: [4, 2]).job
      let contents = try await fixture.store.offerContents(
        of: [job.id, JobID.random()], of: fixture.tenant)
      #expect(contents.specs == [job.id: [4, 2]])
      #expect(contents.externalID == (try await fixture.store.tenant(fixture.tenant)?.externalID))
      let other = TenantName(unchecked: "globex")
      await #expect(throws: StoreError.self) {
        _ = try await fixture.store.offerContents(of: [job.id], of: other)
      }
    }
  }

  @Test("offsets at the end of the number range do not overflow")
  func hugeOffset() async throws {
    try await StoreFixture.with { fixture in
      let (job, worker, _) = try await fixture.makeRunningJob()
      #expect(
        try await fixture.append(job.attempt, worker, at: .max, [1, 2]) == .gap(durable: 0))
      #expect(
        try await fixture.store.readLog(
          of: job.attempt, of: fixture.tenant, from: .max, limit: 9
        ).isEmpty)
    }
  }
}
