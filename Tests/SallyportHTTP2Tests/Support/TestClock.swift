import NIOCore

/// Time that passes when a test says so.
final class TestClock {
  private(set) var now = NIODeadline.uptimeNanoseconds(1_000_000_000)

  func advance(by amount: TimeAmount) {
    now = now + amount
  }
}
