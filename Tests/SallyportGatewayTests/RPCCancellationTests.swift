import GRPCCore
import SallyportCore
import SallyportStore
import Synchronization
import Testing

@testable import SallyportGateway

/// What is open when a call is abandoned, or its connection is to end.
@Suite struct RPCCancellationTests {
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

  @Test("a session is told, and goes on until it ends itself")
  func session() async throws {
    let runner = SessionRunner<Int, Int, String>(
      inbox: SessionInbox(capacity: 4), outbox: SessionOutbox(capacity: 4),
      ticks: SessionTicks(clock: TestClock().gatewayClock, interval: .seconds(10)))
    let (messages, source) = AsyncThrowingStream<Int, any Error>.makeStream()
    try await withServerContextRPCCancellationHandle { handle in
      handle.cancel()
      let seen = Mutex<[String]>([])
      try await runner.run(
        request: RPCAsyncSequence(wrapping: messages),
        response: RPCWriter(wrapping: DiscardingWriter()), leaving: "leave"
      ) { event in
        switch event {
        case .signal(let signal):
          seen.withLock { $0.append(signal) }
          source.yield(1)
          return nil
        case .message: return .finished
        case .tick, .ended: return nil
        }
      }.get()
      #expect(seen.withLock { $0 } == ["leave"])
    }
  }

  private struct DiscardingWriter: RPCWriterProtocol {
    func write(_ element: Int) async throws {}
    func write(contentsOf elements: some Sequence<Int>) async throws {}
  }
}
