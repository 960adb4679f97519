internal import Dispatch

/// Runs blocking code off the cooperative pool.
enum BlockingThread {
  /// Runs `body` on a serial queue of its own, and so on one thread: libgit2 keeps its last error
  /// per thread. How many run at once is bounded by how many jobs the worker takes.
  static func run<Value: Sendable>(
    _ label: String, _ body: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      DispatchQueue(label: label).async { continuation.resume(with: Result(catching: body)) }
    }
  }
}
