import Synchronization

/// How many are there, looked at now and then.
final class Census: Sendable {
  private let number = Atomic<Int>(0)

  var count: Int { number.load(ordering: .relaxed) }

  func add(_ difference: Int) { number.wrappingAdd(difference, ordering: .relaxed) }

  /// Returns within 10 ms of the moment when there are so many.
  func reach(_ goal: Int) async throws {
    while count < goal { try await Task.sleep(for: .milliseconds(10)) }
  }

  /// Returns within 10 ms of the moment when there are fewer.
  func fallBelow(_ bound: Int) async throws {
    while count >= bound { try await Task.sleep(for: .milliseconds(10)) }
  }
}
