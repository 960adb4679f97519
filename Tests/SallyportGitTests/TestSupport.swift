import FoundationEssentials
import Synchronization

/// SplitMix64: random input that a failing test can be run with again.
struct TestGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
    return word ^ (word >> 31)
  }
}

final class Counter: Sendable {
  private let value = Mutex(0)

  /// - Returns: The value before.
  @discardableResult
  func add(_ count: Int) -> Int {
    value.withLock { value in
      defer { value += count }
      return value
    }
  }
}

extension GitFixture {
  func removeCache() async throws {
    try FileManager.default.removeItem(atPath: cache)
  }

  /// The one mirror of the cache.
  func mirror() throws -> String {
    let names = try FileManager.default.contentsOfDirectory(atPath: cache)
    guard let name = names.first(where: { $0.hasSuffix(".git") }) else {
      throw FixtureError(message: "no mirror in \(names)")
    }
    return "\(cache)/\(name)"
  }

  func names(in directory: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
  }
}
