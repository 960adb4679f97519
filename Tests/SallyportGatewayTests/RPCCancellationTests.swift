import GRPCCore
import SallyportCore
import SallyportStore
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
}
