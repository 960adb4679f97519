import Synchronization

/// How many are there, looked at now and then.
final class Census: Sendable {
  private let number = Atomic<Int>(0)
  /// Why the first that was to stay did not; empty while all do.
  private let loss = Mutex("")

  var count: Int { number.load(ordering: .relaxed) }

  func add(_ difference: Int) { number.wrappingAdd(difference, ordering: .relaxed) }

  /// Runs what is to stay until it is cancelled. Where it ends by itself, whoever waits for a number
  /// is told: nobody would come to make it up.
  func keep(_ body: () async throws -> Void) async {
    let reason: String
    do {
      try await body()
      reason = "it has ended"
    } catch {
      reason = "\(error)"
    }
    guard !Task.isCancelled else { return }
    loss.withLock { if $0.isEmpty { $0 = reason } }
  }

  /// Returns within 10 ms of the moment when there are so many.
  ///
  /// - Throws: ``Lost`` where one of them is not there to stay.
  func reach(_ goal: Int) async throws {
    while count < goal { try await look(for: "\(goal)") }
  }

  /// Returns within 10 ms of the moment when there are fewer.
  ///
  /// - Throws: ``Lost`` where one of those that are to come back will not.
  func fallBelow(_ bound: Int) async throws {
    while count >= bound { try await look(for: "fewer than \(bound)") }
  }

  private func look(for goal: String) async throws {
    let loss = loss.withLock { $0 }
    guard loss.isEmpty else { throw Lost(reason: loss, open: count, goal: goal) }
    try await Task.sleep(for: .milliseconds(10))
  }
}

/// A connection was refused, or ended for good.
struct Lost: Error, CustomStringConvertible {
  let reason: String
  let open: Int
  let goal: String

  var description: String {
    "a connection was refused or lost, with \(open) open where there were to be \(goal): \(reason)"
  }
}
