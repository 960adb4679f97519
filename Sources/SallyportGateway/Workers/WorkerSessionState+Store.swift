import SallyportStore

/// What a session does while the store is at fault: it stays open, says nothing that is not
/// committed, and makes up for it when the store works again.
struct DeferredActions: Sendable {
  private var actions: [WorkerSessionAction] = []
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  /// - Returns: False where too many wait: the session is beyond saving.
  mutating func add(_ action: WorkerSessionAction) -> Bool {
    guard actions.count < limit else { return false }
    actions.append(action)
    return true
  }

  mutating func take() -> [WorkerSessionAction] {
    defer { actions = [] }
    return actions
  }
}
