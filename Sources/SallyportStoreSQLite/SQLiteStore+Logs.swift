import GRDB
package import SallyportCore
package import SallyportStore

extension SQLiteStore: LogStore {
  package func appendLog(
    _ append: LogAppend, by worker: WorkerReference
  ) async throws -> LogAppendResult {
    let monitor = monitor
    #if FAULT_POINTS
      let isEarly = FaultPoint.acknowledgeLogBeforeCommit.isPlanted
    #else
      let isEarly = false
    #endif
    return try await write(bytes: append.bytes.count, isAcknowledgedEarly: isEarly) { database in
      try monitor.requireRoomForLogs()
      return try database.append(append, by: worker)
    }
  }

  package func openLogLength(
    of attempt: AttemptID, by worker: WorkerReference
  ) async throws -> UInt64? {
    try await readAcknowledged { try $0.heldJob(attempt, by: worker)?.logLength }
  }

  package func watchedLog(
    of job: JobID, epoch: UInt64?, from offset: UInt64, limit: Int, of tenant: TenantName,
    by reader: GatewayIdentity
  ) async throws -> WatchedLog {
    try await readAcknowledged { database in
      let watched = try database.watchedJob(job, of: tenant, by: reader)
      guard let epoch = epoch ?? watched.job?.epoch else { return WatchedLog(watched: watched) }
      let attempt = AttemptID(job: job, epoch: epoch)
      guard watched.job != nil, let row = try database.attemptRow(attempt, of: tenant) else {
        return WatchedLog(watched: watched, epoch: epoch)
      }
      let extent = LogExtent(
        length: try row.unsigned("log_length"), state: try row.raw("log_state"))
      guard offset < extent.length else {
        return WatchedLog(watched: watched, epoch: epoch, extent: extent)
      }
      return WatchedLog(
        watched: watched, epoch: epoch, extent: extent,
        bytes: try database.logBytes(
          of: row, tenant, from: Int64(storing: offset), limit: limit))
    }
  }

  package func readLog(
    of attempt: AttemptID, of tenant: TenantName, from offset: UInt64, limit: Int
  ) async throws -> [UInt8] {
    try await readAcknowledged { database in
      guard let row = try database.attemptRow(attempt, of: tenant) else { return [] }
      return try database.logBytes(
        of: row, tenant, from: Int64(storing: offset), limit: limit)
    }
  }
}

extension Database {
  fileprivate func attemptRow(_ attempt: AttemptID, of tenant: TenantName) throws -> Row? {
    try row(
      """
      SELECT attempt.* FROM attempt JOIN job ON job.id = attempt.job
      WHERE attempt.job = ? AND attempt.epoch = ? AND job.tenant = ? AND NOT EXISTS (
        SELECT 1 FROM tenant WHERE name = job.tenant AND purge_began_at IS NOT NULL)
        AND NOT \(PoolPurged.sql("job.tenant", "job.pool"))
      """,
      [attempt.job.rawValue, Int64(storing: attempt.epoch), tenant.rawValue])
  }

  fileprivate func append(
    _ append: LogAppend, by worker: WorkerReference
  ) throws -> LogAppendResult {
    guard try heldJob(append.attempt, by: worker) != nil,
      let attempt = try attemptRow(append.attempt, of: worker.tenant)
    else { return .notHeld }
    let number: Int64 = try attempt.value("number")
    let durable = try attempt.unsigned("log_length")
    guard append.offset <= durable else { return .gap(durable: durable) }

    let overlap = Int(min(durable - append.offset, UInt64(append.bytes.count)))
    if overlap > 0 {
      let stored = try logBytes(
        of: attempt, worker.tenant, from: Int64(append.offset), limit: overlap)
      guard stored.elementsEqual(append.bytes.prefix(overlap)) else { return .mismatch }
    }
    let added = Array(append.bytes.dropFirst(overlap))
    guard !added.isEmpty else { return .stored(previous: durable, durable: durable) }
    let length = durable + UInt64(added.count)
    guard length <= append.maximumLength else { return .full(durable: durable) }
    try run(
      """
      INSERT INTO log_chunk (attempt, offset, overhead, data)
      VALUES (:attempt, :offset, sealing_overhead(),
        sealed(:tenant, 'log_chunk.data', :data, :job, :epoch, :offset))
      """,
      [
        "attempt": number, "offset": Int64(durable), "tenant": worker.tenant.rawValue,
        "data": Blob(added), "job": append.attempt.job.rawValue,
        "epoch": Int64(storing: append.attempt.epoch),
      ])
    try run("UPDATE attempt SET log_length = ? WHERE number = ?", [Int64(length), number])
    return .stored(previous: durable, durable: length)
  }

  /// Stored bytes of the half-open range that begins at `offset`, at most `limit` of them.
  fileprivate func logBytes(
    of attempt: Row, _ tenant: TenantName, from offset: Int64, limit: Int
  ) throws -> [UInt8] {
    guard limit > 0, offset >= 0 else { return [] }
    let chunks = try Row.fetchCursor(
      try cachedStatement(
        sql: """
          SELECT offset, opened(:tenant, 'log_chunk.data', data, :job, :epoch, offset) AS data
          FROM log_chunk WHERE attempt = :attempt AND offset >= ifnull(
            (SELECT max(offset) FROM log_chunk WHERE attempt = :attempt AND offset <= :offset), 0)
          ORDER BY offset
          """),
      arguments: [
        "attempt": attempt["number"], "offset": offset, "tenant": tenant.rawValue,
        "job": attempt["job"], "epoch": attempt["epoch"],
      ])
    var bytes: [UInt8] = []
    while bytes.count < limit, let row = try chunks.next() {
      let start: Int64 = try row.value("offset")
      let data = try row.bytes("data")
      let skip = max(0, offset - start)
      guard skip < data.count else { continue }
      bytes.append(contentsOf: data.dropFirst(Int(skip)).prefix(limit - bytes.count))
    }
    return bytes
  }
}
