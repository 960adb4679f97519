import NIOCore
import Testing

@testable import SallyportHTTP2

@Suite struct AbuseLimiterTests {
  private let start = NIODeadline.uptimeNanoseconds(5_000_000_000)

  /// Takes until the bucket is empty, or 1,000 times.
  private func drain(_ bucket: inout RateBucket, at time: NIODeadline) -> Int {
    var taken = 0
    while taken < 1_000, bucket.take(at: time) { taken += 1 }
    return taken
  }

  private func drain(
    _ kind: AbuseLimiter.Kind, _ limiter: inout AbuseLimiter, at time: NIODeadline
  ) -> Int {
    var taken = 0
    while taken < 1_000, limiter.allows(kind, at: time) { taken += 1 }
    return taken
  }

  @Test func aBucketHoldsItsLimitAndRefills() {
    var bucket = RateBucket(limit: 10, interval: .seconds(10))
    let taken = [0, 999, 1_000, 1_000, 60_000, 61_000, 63_000].map {
      drain(&bucket, at: start + .milliseconds($0))
    }
    #expect(taken == [10, 0, 1, 0, 10, 1, 2])
  }

  @Test func whatIsGivenBackIsNeverAboveTheLimit() {
    var bucket = RateBucket(limit: 3, interval: .seconds(3))
    var taken = [drain(&bucket, at: start)]
    bucket.giveBack(100)
    bucket.giveBack(.max)
    taken.append(drain(&bucket, at: start))
    bucket.giveBack(1)
    taken.append(drain(&bucket, at: start))
    bucket.giveBack(-1)
    taken.append(drain(&bucket, at: start))
    #expect(taken == [3, 3, 1, 0])
  }

  @Test(arguments: [(0, 0), (1, 0), (-5, -5), (.max, 1), (7, 1)] as [(Int, Int64)])
  func oddLimits(limit: Int, nanoseconds: Int64) {
    var bucket = RateBucket(limit: limit, interval: .nanoseconds(nanoseconds))
    #expect(drain(&bucket, at: start) >= 1)
  }

  @Test func timeThatDoesNotMoveForwardGivesNothing() {
    var bucket = RateBucket(limit: 1, interval: .seconds(1))
    let taken = [
      drain(&bucket, at: start), drain(&bucket, at: .uptimeNanoseconds(0)),
      drain(&bucket, at: start),
    ]
    #expect(taken == [1, 0, 0])
  }

  @Test(arguments: AbuseLimiter.Kind.allCases)
  func kindsAreCountedApart(kind: AbuseLimiter.Kind) {
    var limiter = AbuseLimiter(limit: 20, interval: .seconds(30))
    let expected =
      switch kind {
      case .reset: 80
      case .windowUpdate: 200
      default: 20
      }
    let taken = drain(kind, &limiter, at: start)
    #expect(taken == expected)
    for other in AbuseLimiter.Kind.allCases where other != kind {
      let others = drain(other, &limiter, at: start)
      #expect(others >= 20)
    }
  }

  @Test func dataSentEntitlesToWindowUpdatesAndPings() {
    var limiter = AbuseLimiter(limit: 1, interval: .seconds(30))
    var updates = [drain(.windowUpdate, &limiter, at: start)]
    var pings = [drain(.ping, &limiter, at: start)]
    for bytes in [1, 3_000] {
      limiter.dataFrameSent(bytes: bytes)
      updates.append(drain(.windowUpdate, &limiter, at: start))
      pings.append(drain(.ping, &limiter, at: start))
    }
    #expect(updates == [10, 2, 6])
    #expect(pings == [1, 1, 1])
  }
}
