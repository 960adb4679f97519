/// The customer's own record of what crossed between this process and the gateway.
///
/// What is appended is on the disk when ``append(_:)`` returns. Where it throws, whatever was to be
/// recorded must not be done: a job is not started, a relay not served.
package struct Ledger: Sendable {
  /// What was there when it was opened.
  package let opened: LedgerOpened
  private let writer: LedgerWriter
  private let queue: LedgerQueue

  private init(opened: LedgerOpened, writer: LedgerWriter, queue: LedgerQueue) {
    self.opened = opened
    self.writer = writer
    self.queue = queue
  }

  /// Opens the ledger for as long as `body` runs, and records start and end of it.
  ///
  /// An end that cannot be recorded, because the disk is full, is no error: that it is missing says
  /// as much as that of a process that was killed.
  ///
  /// - Throws: ``LedgerError`` where the ledger cannot be opened; what `body` throws.
  package static func withLedger<Value>(
    _ settings: LedgerSettings, _ body: (Ledger) async throws -> Value
  ) async throws -> Value {
    try await withLedger(settings, calls: LedgerCalls(), body)
  }

  static func withLedger<Value>(
    _ settings: LedgerSettings, calls: LedgerCalls, _ body: (Ledger) async throws -> Value
  ) async throws -> Value {
    let queue = LedgerQueue(capacity: settings.limits.maximumWaiting)
    let writer = LedgerWriter(queue: queue)
    let opened = try await writer.open(settings, calls: calls)
    let ledger = Ledger(opened: opened, writer: writer, queue: queue)
    do {
      let value = try await body(ledger)
      await writer.close(.ended)
      return value
    } catch {
      await writer.close(.failed)
      throw error
    }
  }

  /// Records `entry`; returns when it is safe. Many callers at once share one write to the disk.
  ///
  /// Is not cut short by cancellation: what has been begun is recorded.
  ///
  /// - Returns: The record's number and hash.
  /// - Throws: ``LedgerError``. The record may be there all the same, for example where only `head`
  ///   could not be written.
  @discardableResult
  package func append(_ entry: some LedgerEntry) async throws(LedgerError) -> LedgerAnchor {
    let ticket = LedgerTicket(try LedgerDraft(entry))
    try queue.add(ticket)
    await writer.commit()
    return try ticket.result()
  }
}
