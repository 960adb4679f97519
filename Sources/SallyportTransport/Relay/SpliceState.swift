import SallyportRelay

/// How a relay between two legs ends. Pure.
struct SpliceState {
  enum Side: Hashable { case worker, agent }

  private var open: Set<Side> = [.worker, .agent]
  private var error: RelayError?
  private var isEnded = false

  /// The relay is to end before its time. The first reason is the one that is reported.
  mutating func fail(_ error: RelayError) {
    if self.error == nil { self.error = error }
  }

  /// - Returns: The outcome, once, when neither leg is open any more: nil for a good end.
  mutating func closed(_ side: Side, _ failure: RelayError?) -> RelayError?? {
    if let failure { fail(failure) }
    open.remove(side)
    guard open.isEmpty, !isEnded else { return .none }
    isEnded = true
    return .some(error)
  }
}
