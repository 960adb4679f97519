import Foundation
import SallyportSession
import Testing

@Suite struct RenewalPlanTests {
  let start = Date(timeIntervalSince1970: 1_800_000_000)
  static let day: TimeInterval = 86_400

  func plan(life: TimeInterval = day, seed: UInt64 = 1) -> RenewalPlan {
    var random = SeededGenerator(seed: seed)
    return RenewalPlan(notBefore: start, notAfter: start + life, using: &random)
  }

  @Test func aFleetSpreadsOverTheSecondHalfOfTheLife() {
    var random = SeededGenerator(seed: 7)
    let fractions = (0..<10_000).map { _ in
      RenewalPlan(notBefore: start, notAfter: start + Self.day, using: &random)
        .nextAttempt.timeIntervalSince(start) / Self.day
    }
    #expect(fractions.allSatisfy { (0.50...0.66).contains($0) })
    // Evenly: each tenth of the range gets its share, give or take a fifth.
    let low = 0.58 * 0.9
    let width = 0.58 * 0.2
    var counts = [Int](repeating: 0, count: 10)
    for fraction in fractions {
      counts[min(9, max(0, Int((fraction - low) / width * 10)))] += 1
    }
    #expect(counts.allSatisfy { (800...1_200).contains($0) }, "\(counts)")
  }

  @Test func looksAgainAtLeastEveryTenMinutes() {
    let plan = plan()
    guard case .wait(let duration) = plan.step(at: start) else {
      Issue.record("expected to wait")
      return
    }
    #expect(duration == .seconds(600))
    guard case .wait(let last) = plan.step(at: plan.nextAttempt - 30) else {
      Issue.record("expected to wait")
      return
    }
    #expect(abs(last / .seconds(1) - 30) < 0.001)
  }

  @Test func renewsWhenDueAndUntilTheVeryEnd() {
    let plan = plan()
    #expect(plan.step(at: plan.nextAttempt) == .renew)
    #expect(plan.step(at: start + Self.day * 0.99) == .renew)
    #expect(plan.step(at: start + Self.day - 0.5) == .renew)
    #expect(plan.step(at: start + Self.day) == .expired)
    #expect(plan.step(at: start + Self.day * 30) == .expired)
  }

  @Test func aClockThatJumpsIsFollowed() {
    let plan = plan()
    #expect(plan.step(at: start - 600) == .wait(.seconds(600)))
    #expect(plan.step(at: plan.nextAttempt + 600) == .renew)
  }

  @Test func failuresBackOffWithJitterUpToFiveMinutes() {
    var random = SeededGenerator(seed: 3)
    var plan = plan()
    var now = plan.nextAttempt
    var delays: [TimeInterval] = []
    for _ in 0..<40 {
      plan.failed(at: now, using: &random)
      delays.append(plan.nextAttempt.timeIntervalSince(now))
      now = plan.nextAttempt
    }
    #expect(delays.allSatisfy { (0...300).contains($0) })
    #expect(delays[0] <= 2)
    #expect((delays.max() ?? 0) > 150)
    #expect(Set(delays).count > 30)
  }

  @Test func aShortLifeStillLeavesRoomForRetries() {
    var random = SeededGenerator(seed: 5)
    var plan = plan(life: 60)
    #expect((31.3...38.3).contains(plan.nextAttempt.timeIntervalSince(start)))
    for _ in 0..<20 {
      let now = plan.nextAttempt
      plan.failed(at: now, using: &random)
      #expect(plan.nextAttempt.timeIntervalSince(now) <= 3)
    }
  }
}
