internal import Synchronization

/// Writes what nobody waits for: bounded in number, and in the order in which it came.
final class LedgerNotes: Sendable {
  private struct State {
    var tally = LedgerTally()
    /// At most ``LedgerTally/maximumRecords`` of each kind.
    var waiting: [(kind: LedgerKind, ticket: LedgerTicket)] = []
  }

  private let queue: LedgerQueue
  private let writer: LedgerWriter
  private let state = Mutex(State())
  private let bell: AsyncStream<Void>
  private let ring: AsyncStream<Void>.Continuation

  init(queue: LedgerQueue, writer: LedgerWriter) {
    self.queue = queue
    self.writer = writer
    (bell, ring) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Never waits. A record that cannot be written is counted instead.
  func add(_ entry: some LedgerEntry, now: ContinuousClock.Instant = .now) {
    let kind = type(of: entry).kind
    state.withLock { state in
      guard state.tally.admits(kind, now: now) else { return }
      do throws(LedgerError) {
        let ticket = LedgerTicket(try LedgerDraft(entry))
        try queue.add(ticket)
        state.waiting.append((kind, ticket))
      } catch {
        state.tally.add(1, of: kind)
      }
    }
    ring.yield()
  }

  /// Writes until the task is cancelled; what was counted, once in each `interval`.
  func run(every interval: Duration) async {
    await withDiscardingTaskGroup { group in
      group.addTask {
        for await _ in self.bell { await self.commit() }
      }
      group.addTask {
        while (try? await Task.sleep(for: interval)) != nil { await self.writeCounts() }
      }
    }
  }

  func commit() async {
    let waiting = state.withLock { state in
      defer { state.waiting = [] }
      return state.waiting
    }
    guard !waiting.isEmpty else { return }
    await writer.commit()
    let failed = waiting.filter { (try? $0.ticket.result()) == nil }
    state.withLock { state in
      for note in failed { state.tally.add(1, of: note.kind) }
    }
  }

  /// Counts that cannot be written are kept for the next time.
  func writeCounts() async {
    for omission in state.withLock({ $0.tally.take() }) {
      do throws(LedgerError) {
        let ticket = LedgerTicket(try LedgerDraft(omission))
        try queue.add(ticket)
        await writer.commit()
        _ = try ticket.result()
      } catch {
        state.withLock { $0.tally.add(omission.count, of: omission.of) }
      }
    }
  }
}
