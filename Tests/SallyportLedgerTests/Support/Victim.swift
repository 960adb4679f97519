import FoundationEssentials
import Glibc
import Synchronization

@testable import SallyportLedger

/// Appends until it kills its own process, and writes down beside the ledger what was acknowledged.
struct Victim: Sendable {
  /// Folder of the ledger's folder.
  let path: String

  func run(untilKilledAfter appends: Int) async throws {
    var settings = LedgerSettings(directory: path + "/ledger", program: "victim")
    settings.limits.maximumFileBytes = 16 << 10
    settings.limits.maximumFiles = 100
    let notes = open(path + "/acknowledged", O_WRONLY | O_CREAT | O_APPEND, 0o600)
    let count = Counter()
    try await Ledger.withLedger(settings) { ledger in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for writer in 0..<8 {
          group.addTask {
            while true {
              let line = Array("\(try await ledger.append(Sample.job(writer)))\n".utf8)
              _ = write(notes, line, line.count)
              if count.next() == appends { kill(getpid(), SIGKILL) }
            }
          }
        }
        try await group.waitForAll()
      }
    }
  }

  func acknowledged() throws -> [String] {
    let bytes = Array(try Data(contentsOf: URL(filePath: path + "/acknowledged")))
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  }
}

private final class Counter: Sendable {
  private let value = Mutex(0)

  func next() -> Int {
    value.withLock { value in
      value += 1
      return value
    }
  }
}

extension TemporaryLedger {
  /// The hash of each line, by number.
  func anchors() throws -> [UInt64: LedgerHash] {
    Dictionary(
      uniqueKeysWithValues: try records().map { ($0.sequence, LedgerHash(of: $0.bytes)) })
  }
}
