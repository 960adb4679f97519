/// Writes what waits in the queue, all that is there at once.
actor LedgerWriter {
  private let executor = LedgerExecutor()
  private let queue: LedgerQueue
  /// Nil before and after.
  private var storage: LedgerStorage?

  init(queue: LedgerQueue) { self.queue = queue }

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  func open(
    _ settings: LedgerSettings, calls: LedgerCalls
  ) throws(LedgerError) -> LedgerOpened {
    let (storage, opened) = try LedgerStorage.open(settings, calls: calls)
    self.storage = storage
    return opened
  }

  /// Settles every ticket that was in the queue when this was called; those of other callers too.
  func commit() {
    guard storage != nil else { return }
    var waiting = queue.take()[...]
    while !waiting.isEmpty { waiting = waiting.dropFirst(commitFirst(waiting)) }
  }

  /// - Returns: How many tickets were settled: at least one.
  private func commitFirst(_ tickets: ArraySlice<LedgerTicket>) -> Int {
    do throws(LedgerError) {
      guard let anchors = try storage?.append(tickets.lazy.map(\.draft)) else {
        throw LedgerError.closed
      }
      for (ticket, anchor) in zip(tickets, anchors) { ticket.settle(.success(anchor)) }
      return max(anchors.count, 1)
    } catch {
      // Those that were tried are not told apart from those that were not: nothing of them is safe.
      for ticket in tickets { ticket.settle(.failure(error)) }
      return tickets.count
    }
  }

  func close(_ outcome: LedgerStop.Outcome) {
    queue.close()
    commit()
    if let draft = try? LedgerDraft(LedgerStop(outcome: outcome)) {
      _ = try? storage?.append([draft])
    }
    storage = nil
  }
}
