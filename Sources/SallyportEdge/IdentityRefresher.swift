package import Logging
internal import ServiceLifecycle

/// Reads the state directory every minute: an inner certificate that was issued anew is used from
/// the next sealed channel on, and one that cannot be used, or is about to expire, is warned of, each
/// time: without it every checkout fails.
package struct IdentityRefresher: Service {
  private static let interval = Duration.seconds(60)

  private let board: IdentityBoard
  private let logger: Logger

  package init(_ board: IdentityBoard, logger: Logger) {
    self.board = board
    self.logger = logger
  }

  package func run() async throws {
    do {
      try await cancelWhenGracefulShutdown {
        while true {
          warn()
          try await Task.sleep(for: Self.interval)
          await refresh()
        }
      }
    } catch is CancellationError {}
  }

  private func warn() {
    guard let warning = board.innerWarning() else { return }
    logger.warning(
      "inner certificate: issue a new one with 'sallyport trust issue'",
      metadata: ["reason": "\(warning)"])
  }

  private func refresh() async {
    do {
      try await board.refresh()
    } catch {
      logger.warning(
        "identity files not read, keeping what was read before", metadata: ["error": "\(error)"])
    }
  }
}
