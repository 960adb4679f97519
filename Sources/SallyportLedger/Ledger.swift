/// The customer's own record of what crossed between this process and the gateway.
///
/// What is appended is on the disk when ``append(_:)`` returns. Where it throws, whatever was to be
/// recorded must not be done: a job is not started, a relay not served.
package struct Ledger: LedgerRecording {
  /// What was there when it was opened.
  package let opened: LedgerOpened
  private let writer: LedgerWriter
  private let queue: LedgerQueue
  private let notes: LedgerNotes
  private let failures = LedgerFailures()

  private init(
    opened: LedgerOpened, writer: LedgerWriter, queue: LedgerQueue, notes: LedgerNotes
  ) {
    self.opened = opened
    self.writer = writer
    self.queue = queue
    self.notes = notes
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
    let notes = LedgerNotes(queue: queue, writer: writer)
    async let _: Void = notes.run(every: settings.limits.omissionInterval)
    let ledger = Ledger(opened: opened, writer: writer, queue: queue, notes: notes)
    let result: Result<Value, any Error>
    do {
      result = .success(try await body(ledger))
    } catch {
      result = .failure(error)
    }
    await notes.commit()
    await notes.writeCounts()
    switch result {
    case .success(let value):
      await writer.close(.ended)
      return value
    case .failure(let error):
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
    do throws(LedgerError) {
      try await requireWritable()
      return try await write(entry)
    } catch {
      failures.add()
      throw error
    }
  }

  /// Records that could not be written since one last could: while there are any, nothing is done
  /// that has to be recorded first.
  package var unwritten: UInt64 { failures.current }

  /// Where records could not be written, writes one that says how many: for those who would rather
  /// not begin what they could not finish.
  ///
  /// - Throws: ``LedgerError``.
  package func requireWritable() async throws(LedgerError) {
    let failed = failures.current
    guard failed > 0 else { return }
    try await write(LedgerResumption(failed: failed))
    failures.remove(failed)
  }

  @discardableResult
  private func write(_ entry: some LedgerEntry) async throws(LedgerError) -> LedgerAnchor {
    let ticket = LedgerTicket(try LedgerDraft(entry))
    try queue.add(ticket)
    await writer.commit()
    return try ticket.result()
  }

  /// Records, without waiting for it, what a peer can cause without end: a refusal, a connection.
  ///
  /// Of each kind at most 100 are recorded one by one in an hour; the others are counted, and every
  /// ``LedgerLimits/omissionInterval`` one `omitted` record says how many there were. Not for what
  /// must not be done unless it is recorded.
  package func note(_ entry: some LedgerEntry) { notes.add(entry) }
}
