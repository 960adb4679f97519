package import Logging
internal import ServiceLifecycle

/// Reads the state directory every 10 s: an inner certificate that was issued anew is used from the
/// next sealed channel on, and where certificate or trust root are taken away no sealed channel is made
/// any more. One that cannot be used, or is about to expire, is warned of every minute: without it
/// every checkout fails.
package struct IdentityRefresher: Service {
  private static let interval = Duration.seconds(10)
  /// Readings from one warning to the next.
  private static let warningInterval = 6

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
          for _ in 0..<Self.warningInterval {
            try await Task.sleep(for: Self.interval)
            await refresh()
          }
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
    let wasUsable = board.hasUsableInnerIdentity
    do {
      try await board.refresh()
      if wasUsable, !board.hasUsableInnerIdentity {
        logger.error("the trust root or the inner certificate is gone: no more sealed channels")
      } else if !wasUsable, board.hasUsableInnerIdentity {
        logger.notice("there is an inner certificate: sealed channels are made again")
      }
    } catch {
      logger.warning(
        "identity files not read, keeping what was read before", metadata: ["error": "\(error)"])
    }
  }
}
