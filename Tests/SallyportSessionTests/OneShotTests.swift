import Testing

@testable import SallyportSession

@Suite(.timeLimit(.minutes(1))) struct OneShotTests {
  @Test func wakesEverybodyWithTheFirstValue() async throws {
    let signal = OneShot<Int>()
    try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<100 { group.addTask { try await signal.wait() } }
      group.addTask {
        signal.fire(1)
        signal.fire(2)
        return 1
      }
      for try await value in group { #expect(value == 1) }
    }
    #expect(try await signal.wait() == 1)
    #expect(signal.value == 1)
  }

  @Test func aCancelledWaiterLeavesAndTheOthersStay() async throws {
    for _ in 0..<200 {
      let signal = OneShot<Void>()
      await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<4 { group.addTask { try await signal.wait() } }
        // Before, while or after they begin to wait.
        group.cancelAll()
        while let result = await group.nextResult() {
          #expect(throws: CancellationError.self) { try result.get() }
        }
      }
      signal.fire(())
      try await signal.wait()
    }
  }

  @Test func firingRacesWithCancellationWithoutLoss() async {
    for _ in 0..<500 {
      let signal = OneShot<Int>()
      await withTaskGroup(of: Void.self) { group in
        group.addTask {
          do {
            #expect(try await signal.wait() == 7)
          } catch {
            #expect(error is CancellationError)
          }
        }
        group.addTask { signal.fire(7) }
        group.cancelAll()
      }
    }
  }
}
