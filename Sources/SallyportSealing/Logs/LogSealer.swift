internal import Crypto
internal import SallyportBytes
package import SallyportCore

/// Seals the entries of one attempt's log, on the worker, before they are written anywhere.
///
/// A sealed log is a log like any other: entries of two streams of its own, whose offsets and lengths
/// count the bytes that are stored. The first entry holds the log's key, sealed to each reader
/// (``LogKeyEntry``); each further one holds an entry, encrypted with that key under AES-256-GCM:
///
/// ```
/// 0       nonce, 12 random bytes
/// 12      ciphertext of: u8 stream (0: the end of the log), payload
/// ...     tag, 16 bytes
/// ```
///
/// Authenticated with it are tenant, job, epoch, the entry's offset, that of its key, and its header,
/// so that who knows the offset of an entry can open it without the ones before. The end of the log
/// is sealed, too: without it a log has been cut.
package struct LogSealer: Sendable {
  /// Bytes that fit into one entry.
  package static let maximumPayload = LogEntry.maximumPayload - overhead
  /// Nonce, stream and tag.
  static let overhead = nonceLength + 1 + Sealing.tagLength
  static let nonceLength = 12

  private let scope: SealedLogScope
  private let key = SymmetricKey(size: .bits256)
  private let keyOffset: UInt64
  private let keyEntry: LogKeyEntry

  /// - Parameter offset: Where the log goes on: 0, or where an earlier process left it.
  /// - Throws: ``SealingError/Code/unusableKey`` where there is no reader, or more than 16.
  package init(
    scope: SealedLogScope, readers: [SealingPublicKey], offset: UInt64 = 0
  ) throws(SealingError) {
    guard (1...LogKeyEntry.maximumReaders).contains(readers.count) else {
      throw SealingError(
        .unusableKey, "a log is sealed to 1 to \(LogKeyEntry.maximumReaders) keys")
    }
    self.scope = scope
    keyOffset = offset
    keyEntry = try LogKeyEntry(sealing: key, to: readers, scope: scope, offset: offset)
  }

  /// The log's key, which goes before everything else.
  package func opening(at timestamp: UInt64) -> LogEntry {
    LogEntry(stream: .sealKey, timestamp: timestamp, payload: keyEntry.bytes)
  }

  /// Where the entry begins that comes right behind ``opening(at:)``.
  package var start: UInt64 {
    keyOffset + UInt64(LogEntry.headerLength + keyEntry.bytes.count)
  }

  /// - Parameters:
  ///   - payload: At most ``maximumPayload`` bytes.
  ///   - offset: Where the sealed entry will stand in the log.
  package func seal(
    _ payload: some Collection<UInt8>, of stream: LogStreamID, at timestamp: UInt64,
    offset: UInt64
  ) throws(SealingError) -> LogEntry {
    try seal([stream.rawValue] + payload, at: timestamp, offset: offset)
  }

  /// The last entry of a log that is whole.
  package func end(at timestamp: UInt64, offset: UInt64) throws(SealingError) -> LogEntry {
    try seal([SealedLogEntry.end], at: timestamp, offset: offset)
  }

  private func seal(
    _ inner: [UInt8], at timestamp: UInt64, offset: UInt64
  ) throws(SealingError) -> LogEntry {
    guard inner.count <= Self.maximumPayload + 1 else {
      throw SealingError(.tooLong, "an entry takes at most \(Self.maximumPayload) bytes")
    }
    let length = Self.nonceLength + inner.count + Sealing.tagLength
    let fields = SealedLogEntry.fields(
      scope, keyOffset: keyOffset, offset: offset, length: length, timestamp: timestamp)
    do {
      let box = try AES.GCM.seal(inner, using: key, authenticating: fields)
      return LogEntry(
        stream: .sealed, timestamp: timestamp, payload: Array(box.nonce) + box.ciphertext + box.tag)
    } catch {
      throw SealingError(.unusableKey, "cannot encrypt the log: \(error)")
    }
  }
}
