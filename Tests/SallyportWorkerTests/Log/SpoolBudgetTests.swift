import SallyportCore
import Synchronization
import Testing

@testable import SallyportWorker

/// The bound of all logs together.
struct SpoolBudgetTests {
  private let directory: TemporaryDirectory
  private let limits: LogSpoolLimits
  private let budget = SpoolBudget(maximum: 10_000)

  init() throws {
    directory = try TemporaryDirectory()
    var limits = LogSpoolLimits()
    limits.budget = budget
    self.limits = limits
  }

  private func spool(_ name: String) throws -> LogSpool {
    try LogSpool.create(directory.file(name), limits: limits)
  }

  @Test func beyondTheBoundOnlyTheOldestLogGrows() throws {
    let (first, second) = (try spool("first"), try spool("second"))
    try second.append([UInt8](repeating: 0, count: 6_000), to: .stdout, at: 0)
    #expect(first.hasRoom && second.hasRoom)
    try first.append([UInt8](repeating: 0, count: 6_000), to: .stdout, at: 0)
    #expect(first.hasRoom && !second.hasRoom)
    #expect(budget.total == 12_032)

    let woken = Mutex(0)
    second.onRoom { woken.withLock { $0 += 1 } }
    // The next in line may go on where the oldest has ended, also while that waits for the gateway.
    try first.seal()
    #expect(second.hasRoom && woken.withLock { $0 } == 1)
    let third = try spool("third")
    #expect(!third.hasRoom)
    first.remove()
    #expect(budget.total == 6_016 && third.hasRoom)
  }

  @Test func whatAnEarlierProcessLeftCounts() throws {
    let left = try LogSpool.create(directory.file("left"))
    try left.append([UInt8](repeating: 0, count: 20_000), to: .stdout, at: 0)
    let recovered = try LogSpool.recover(directory.file("left"), limits: limits)
    try recovered.seal()
    let (first, second) = (try spool("first"), try spool("second"))
    #expect(first.hasRoom && !second.hasRoom)
    recovered.remove()
    #expect(second.hasRoom && budget.total == 0)
  }

  @Test func aLogThatIsGivenUpGivesItsShareBack() throws {
    do {
      let spool = try spool("one")
      try spool.append([1, 2, 3], to: .stdout, at: 0)
      #expect(budget.total == 19)
    }
    #expect(budget.total == 0)
  }

  /// Both write more than there is room for; neither waits for the other for ever.
  @Test(.timeLimit(.minutes(1))) func jobsThatShareTooLittleBothEndWithWholeLogs() async throws {
    let jobs = try (0..<2).map { _ in
      try RunningJob.shell("head -c 400000 /dev/zero; echo end >&2", limits: limits)
    }
    for job in jobs {
      let ending = await job.process.ended()
      #expect(ending.cause == .ended(status: .exited(code: 0), stopped: nil))
      #expect(try job.output().count == 400_000)
      try job.spool.seal()
    }
  }
}
