package import SallyportCore
package import SallyportSealing

/// Opens what is sealed of a job's log, where its reader's key is at hand.
package struct LogOpener: Sendable {
  /// Who reads: keys, and the tenant whose logs they are.
  package struct Identity: Sendable {
    package let tenant: TenantName
    package let keys: SealingKeyring

    package init(tenant: TenantName, keys: SealingKeyring) {
      self.tenant = tenant
      self.keys = keys
    }
  }

  private let job: String
  private let identity: Identity?
  private var unsealer: LogUnsealer?
  private var isSealed = false
  private var hasPlainEntries = false

  package init(job: String, identity: Identity? = nil) {
    self.job = job
    self.identity = identity
  }

  package enum Opened: Hashable, Sendable {
    case entry(LogEntry)
    /// To which keys the log is sealed, none of which is here; said once for each attempt.
    case sealed([SealingKeyID])
    case nothing
  }

  /// Another attempt's log begins.
  package mutating func begin(attempt epoch: UInt64) {
    isSealed = false
    hasPlainEntries = false
    unsealer = identity.flatMap { identity in
      JobID(job).map { job in
        LogUnsealer(
          scope: SealedLogScope(
            tenant: identity.tenant, attempt: AttemptID(job: job, epoch: epoch)),
          keys: identity.keys)
      }
    }
  }

  /// - Parameter offset: Where the entry begins in the attempt's log.
  /// - Throws: `SealingError` where a log that is sealed is not as it was sealed, or to another key.
  package mutating func open(
    _ entry: LogEntry, at offset: UInt64
  ) throws(SealingError) -> Opened {
    guard entry.stream.isSealing || (isSealed && unsealer != nil) else {
      hasPlainEntries = true
      return .entry(entry)
    }
    let isFirst = !isSealed
    isSealed = true
    guard unsealer != nil else {
      guard isFirst, entry.stream == .sealKey else { return .nothing }
      return .sealed(try LogUnsealer.readers(of: entry))
    }
    switch try unsealer?.open(entry, at: offset) {
    case .entry(let opened)?: return .entry(opened)
    case .key?, .end?, nil: return .nothing
    }
  }

  /// What is to be said of an attempt's log that has ended; nil: nothing.
  package var warning: String? {
    guard let unsealer else { return nil }
    if isSealed, hasPlainEntries {
      return "part of the log was not sealed: whoever stores it may have written that"
    }
    if !isSealed, hasPlainEntries {
      return "the log is not sealed: whoever stores it may have changed it"
    }
    if isSealed, !unsealer.hasEnded {
      return "the log has no sealed end: it was cut, or its worker could not end it"
    }
    return nil
  }
}
