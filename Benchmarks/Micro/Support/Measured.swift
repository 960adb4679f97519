import Benchmark

/// Registers a benchmark of one operation.
///
/// What `scripts/bench` has to know of it is in its tags: how many bytes an operation deals with, and
/// how many operations an iteration is. Only where that is one does a percentile say something about
/// single operations; short ones are repeated, so that the clock costs next to nothing.
///
/// - Parameters:
///   - name: `GROUP/WHAT`; a group is a comparison of `scripts/bench micro`.
///   - bytes: Of one operation.
///   - prepare: Runs once, in the process that runs this benchmark alone.
///   - body: One operation.
func measured<State>(
  _ name: String, bytes: Int, operations: Int = 1, prepare: @escaping () throws -> State,
  _ body: @escaping (inout State) throws -> Void
) {
  let box = Box<State>()
  Benchmark(
    name, configuration: configuration(bytes: bytes, operations: operations),
    closure: { (_: Benchmark) throws in
      guard var state = box.take() else { throw NotPrepared() }
      for _ in 0..<operations { try body(&state) }
      box.state = state
    },
    setup: { box.state = try prepare() })
}

/// The same for an operation that waits.
///
/// - Parameter finish: Removes what `prepare` has made, before the process ends.
func measured<State: Sendable>(
  _ name: String, bytes: Int, prepare: @escaping () async throws -> State,
  finish: @escaping (State) throws -> Void, waiting body: @escaping (State) async throws -> Void
) {
  let box = Box<State>()
  Benchmark(
    name, configuration: configuration(bytes: bytes, operations: 1),
    closure: { (_: Benchmark) async throws in
      guard let state = box.state else { throw NotPrepared() }
      try await body(state)
    },
    setup: { box.state = try await prepare() },
    teardown: { if let state = box.take() { try finish(state) } })
}

private func configuration(bytes: Int, operations: Int) -> Benchmark.Configuration {
  Benchmark.Configuration(
    // The format that scripts/bench reads wants the throughput; it says nothing else.
    metrics: [.throughput, .wallClock],
    tags: ["bytes": "\(bytes)", "operations": "\(operations)"],
    warmupIterations: 20, maxDuration: .milliseconds(400), maxIterations: 50_000)
}

struct NotPrepared: Error {}

/// Holds what an operation changes, so that nothing of it is copied.
private final class Box<State> {
  var state: State?

  func take() -> State? {
    defer { state = nil }
    return state
  }
}
