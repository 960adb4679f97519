import GRPCCore
import SallyportCore
import SallyportStore
import Synchronization
import Testing

@testable import SallyportGateway

/// What is open when a call is abandoned, or its connection is to end.
@Suite(.timeLimit(.minutes(1))) struct RPCCancellationTests {
  @Test("a watch ends, without waiting for a change")
  func watch() async throws {
    let hub = ChangeHub()
    let job = JobID.random()
    try await withServerContextRPCCancellationHandle { handle in
      try await hub.withChanges(of: job, .ofJob) { changes in
        var seen = 0
        for await _ in changes {
          seen += 1
          handle.cancel()
        }
        #expect(seen == 1)
      }
    }
  }

  private final class Flag: Sendable {
    private let value = Mutex(false)
    var isSet: Bool { value.withLock { $0 } }
    func set() { value.withLock { $0 = true } }
  }

  @Test("who waits for it is told, and goes on waiting until the task is cancelled")
  func waiting() async {
    let hasReturned = Flag()
    let (told, tell) = AsyncStream<Void>.makeStream()
    await withServerContextRPCCancellationHandle { handle in
      await withDiscardingTaskGroup { group in
        group.addTask {
          await onRPCCancellation { tell.yield() }
          hasReturned.set()
        }
        // Time enough for it to return, if it did.
        for _ in 0..<1_000 { await Task.yield() }
        handle.cancel()
        for await _ in told { break }
        #expect(!hasReturned.isSet)
        group.cancelAll()
      }
    }
    #expect(hasReturned.isSet)
  }
}
