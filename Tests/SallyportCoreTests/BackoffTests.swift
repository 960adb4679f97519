import SallyportCore
import Testing

@Suite struct BackoffTests {
  @Test func ceilingDoublesUpToTheMaximumAndStartsOver() {
    var backoff = Backoff(base: .seconds(1), maximum: .seconds(10))
    var ceilings: [Duration] = []
    for _ in 0..<6 {
      ceilings.append(backoff.ceiling)
      _ = backoff.next()
    }
    #expect(ceilings == [1, 2, 4, 8, 10, 10].map { .seconds($0) })
    backoff.reset()
    #expect(backoff.ceiling == .seconds(1))
  }

  @Test func delaysAreDrawnFromTheWholeRange() {
    var low = Backoff(base: .seconds(8), maximum: .seconds(8))
    let delays = (0..<1_000).map { _ in low.next() }
    #expect(delays.allSatisfy { .zero <= $0 && $0 <= .seconds(8) })
    #expect(delays.contains { $0 < .seconds(2) })
    #expect(delays.contains { $0 > .seconds(6) })
  }

  @Test func manyFailuresDoNotOverflow() {
    var backoff = Backoff()
    for _ in 0..<10_000 { _ = backoff.next() }
    #expect(backoff.ceiling == .seconds(30))
  }
}
