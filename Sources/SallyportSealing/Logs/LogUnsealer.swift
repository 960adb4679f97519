internal import Crypto
internal import SallyportBytes
package import SallyportCore

/// Opens the entries of one attempt's sealed log, in their order or from wherever one is.
package struct LogUnsealer: Sendable {
  package enum Opened: Hashable, Sendable {
    /// The log's key; nothing to show.
    case key
    case entry(LogEntry)
    /// The log is whole.
    case end
  }

  private struct Key: Sendable {
    let key: SymmetricKey
    let offset: UInt64
  }

  private let scope: SealedLogScope
  private let keys: SealingKeyring
  private var current: Key?
  /// Whether the end has come, after which nothing may.
  package private(set) var hasEnded = false

  package init(scope: SealedLogScope, keys: SealingKeyring) {
    self.scope = scope
    self.keys = keys
  }

  /// To which keys a log is sealed, for those who have none of them.
  package static func readers(of entry: LogEntry) throws(SealingError) -> [SealingKeyID] {
    try LogKeyEntry(parsing: entry.payload).readers.map(\.keyID)
  }

  /// - Parameter offset: Where the entry begins in the log.
  /// - Throws: ``SealingError/Code/unknownKey``; ``SealingError/Code/notAuthentic`` where the entry is
  ///   not the one that was sealed for this place; ``SealingError/Code/malformed`` where it is not
  ///   sealed at all. Nothing after it can be trusted.
  package mutating func open(
    _ entry: LogEntry, at offset: UInt64
  ) throws(SealingError) -> Opened {
    guard !hasEnded else {
      throw SealingError(.notAuthentic, "something follows the sealed end of the log")
    }
    switch entry.stream {
    case .sealKey:
      let key = try LogKeyEntry(parsing: entry.payload)
        .open(scope: scope, offset: offset, with: keys)
      current = Key(key: key, offset: offset)
      return .key
    case .sealed:
      return try open(sealed: entry, at: offset)
    case .stdout, .stderr, .system:
      throw SealingError(.malformed, "at byte \(offset) the log is not sealed")
    }
  }

  private mutating func open(
    sealed entry: LogEntry, at offset: UInt64
  ) throws(SealingError) -> Opened {
    guard let current else {
      throw SealingError(.malformed, "the log's key is missing from its beginning")
    }
    guard entry.payload.count >= LogSealer.overhead else {
      throw SealingError(.malformed, "at byte \(offset) the log is damaged")
    }
    let fields = SealedLogEntry.fields(
      scope, keyOffset: current.offset, offset: offset, length: entry.payload.count,
      timestamp: entry.timestamp)
    guard let box = try? AES.GCM.SealedBox(combined: entry.payload),
      let inner = try? AES.GCM.open(box, using: current.key, authenticating: fields)
    else {
      throw SealingError(
        .notAuthentic,
        "at byte \(offset) the log is not what the worker sealed there: it was changed, moved or cut"
      )
    }
    guard inner.first != SealedLogEntry.end else {
      hasEnded = true
      return .end
    }
    guard let stream = inner.first.flatMap({ LogStreamID(rawValue: $0) }), !stream.isSealing else {
      throw SealingError(.malformed, "at byte \(offset) the log names a stream that is not known")
    }
    return .entry(
      LogEntry(stream: stream, timestamp: entry.timestamp, payload: Array(inner.dropFirst())))
  }
}
