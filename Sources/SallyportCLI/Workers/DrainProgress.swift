import SallyportProtos

/// Whether a worker that was asked to drain has drained, from looking at it again and again.
struct DrainProgress {
  /// The worker drains again right after it has reconnected; longer than that it does not take.
  private static let looksWithoutDrain = 2

  private var hasDrained = false
  private var looks = 0

  /// Nothing runs, and nothing will be taken any more: it says itself that it drains, or is away,
  /// and what it had has ended. Or it has drained, and a new process does not.
  mutating func isOver(_ worker: Sallyport_Operator_V1_Worker) -> Bool {
    if worker.revoked { return true }
    if !worker.connected { return worker.running == 0 }
    if worker.draining {
      hasDrained = true
      looks = 0
      return worker.running == 0
    }
    looks += 1
    return hasDrained && looks >= Self.looksWithoutDrain
  }
}
