import FoundationEssentials
import SallyportCore
import SallyportLedger

/// Records of the customer's ledger, each on the disk of the system's folder for temporary files
/// before it returns.
enum LedgerBenchmarks {
  static func register() {
    let entry = LedgerJob(
      SampleNames.attempt, decision: .allow(rule: "builds"), submitter: "alice",
      keyID: String(repeating: "7d", count: 32), payloadSHA256: String(repeating: "4a", count: 32),
      repository: "team/app.git", ref: "refs/heads/main")
    measured("ledger/append", bytes: 0, prepare: open, finish: remove) { open in
      try await open.ledger.append(entry)
    }
    measured("ledger/append-64-at-once", bytes: 0, prepare: open, finish: remove) { open in
      try await withThrowingDiscardingTaskGroup { group in
        for _ in 0..<64 { group.addTask { try await open.ledger.append(entry) } }
      }
    }
  }

  private struct Open: Sendable {
    let ledger: Ledger
    let folder: String
  }

  /// A ledger that is open for as long as this process runs.
  private static func open() async throws -> Open {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("sallyport-bench-ledger.\(UInt64.random(in: 0...(.max)))").path
    let (ledgers, opened) = AsyncThrowingStream<Ledger, any Error>.makeStream()
    Task {
      do {
        try await Ledger.withLedger(LedgerSettings(directory: folder, program: "bench")) { ledger in
          opened.yield(ledger)
          try await Task.sleep(for: .seconds(86_400))
        }
      } catch {
        opened.finish(throwing: error)
      }
    }
    for try await ledger in ledgers { return Open(ledger: ledger, folder: folder) }
    throw NotPrepared()
  }

  private static func remove(_ open: Open) throws {
    try FileManager.default.removeItem(atPath: open.folder)
  }
}
