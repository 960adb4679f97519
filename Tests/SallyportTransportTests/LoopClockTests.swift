import NIOPosix
import Testing

@testable import SallyportTransport

@Suite(.timeLimit(.minutes(1)))
struct LoopClockTests {
  private let loop = MultiThreadedEventLoopGroup.singleton.next()
  private var clock: LoopClock { LoopClock(loop) }

  @Test func aTaskSleepsAsLongAsItWantsTo() async throws {
    let begin = clock.now
    try await clock.sleep(for: .milliseconds(20))
    #expect(begin.duration(to: clock.now) >= .milliseconds(20))
    try await clock.sleep(for: .seconds(-1))
  }

  @Test func cancellationEndsASleep() async throws {
    let clock = clock
    await #expect(throws: CancellationError.self) {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await clock.sleep(for: .seconds(3_600)) }
        group.cancelAll()
        try await group.waitForAll()
      }
    }
    // Most likely once it sleeps; either way it ends.
    let sleeper = Task { try await clock.sleep(for: .seconds(3_600)) }
    try await clock.sleep(for: .milliseconds(1))
    sleeper.cancel()
    await #expect(throws: CancellationError.self) { try await sleeper.value }
  }
}
