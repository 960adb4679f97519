import Dispatch

/// Runs file operations away from event loops and the cooperative pool, one after another.
enum BlockingWork {
  private static let queue = DispatchQueue(label: "sallyport.state-files")

  static func run<Result: Sendable>(
    _ work: @escaping @Sendable () throws -> Result
  ) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      queue.async { continuation.resume(with: Swift.Result { try work() }) }
    }
  }
}
