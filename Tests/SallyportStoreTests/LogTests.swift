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
      let extent = try await fixture.store.logExtent(of: job.attempt, of: fixture.tenant)
      #expect(extent == LogExtent(length: 4, state: .open))
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
      #expect(try await fixture.store.logExtent(of: job.attempt, of: other) == nil)
      #expect(
        try await fixture.store.readLog(of: job.attempt, of: other, from: 0, limit: 9).isEmpty)
      _ = try await fixture.finish(job.attempt, worker)
      #expect(try await fixture.append(job.attempt, worker, at: 2, [3]) == .notHeld)
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
