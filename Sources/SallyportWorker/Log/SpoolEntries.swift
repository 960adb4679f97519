import SallyportCore
import SallyportSealing

/// Entries on their way into a spool: as they are, or sealed.
struct SpoolEntries {
  private let sealing: LogSealing?
  /// Counts once what is in ``encoded`` has been written: the log's key may be in it.
  private(set) var sealer: LogSealer?
  private(set) var encoded: [UInt8] = []
  /// Where ``encoded`` will stand in the log.
  private let start: UInt64

  init(sealing: LogSealing?, sealer: LogSealer?, offset: UInt64) {
    self.sealing = sealing
    self.sealer = sealer
    start = offset
  }

  /// Bytes that fit into one entry.
  var maximumPayload: Int {
    sealing == nil ? LogEntry.maximumPayload : LogSealer.maximumPayload
  }

  /// - Parameter payload: At most ``maximumPayload`` bytes.
  mutating func add(
    _ payload: some Collection<UInt8>, of stream: LogStreamID, at timestamp: UInt64
  ) throws(SealingError) {
    guard let sealer = try begun(at: timestamp) else {
      LogEntry(stream: stream, timestamp: timestamp, payload: Array(payload))
        .encode(into: &encoded)
      return
    }
    try sealer.seal(payload, of: stream, at: timestamp, offset: offset).encode(into: &encoded)
  }

  mutating func addEnd(at timestamp: UInt64) throws(SealingError) {
    guard let sealer = try begun(at: timestamp) else { return }
    try sealer.end(at: timestamp, offset: offset).encode(into: &encoded)
  }

  private var offset: UInt64 { start + UInt64(encoded.count) }

  /// The sealer, whose key is in the log or among ``encoded``; nil where nothing is sealed.
  private mutating func begun(at timestamp: UInt64) throws(SealingError) -> LogSealer? {
    guard let sealing else { return nil }
    if let sealer { return sealer }
    let new = try LogSealer(scope: sealing.scope, readers: sealing.readers, offset: offset)
    new.opening(at: timestamp).encode(into: &encoded)
    sealer = new
    return new
  }
}
