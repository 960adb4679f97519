import Crypto
import Glibc
package import SallyportCore
import SallyportSealing
import Synchronization

/// The log of one attempt on the worker's disk: an append-only file of encoded entries.
///
/// Appending and reading block: both belong on threads of their own. The file is synchronised once,
/// by ``seal()``. Until then a crash of the worker loses nothing, a power failure at most the tail,
/// and the attempt itself is lost then anyway.
package final class LogSpool: Sendable {
  /// Bytes that are kept in memory, of a log that is being sent as it grows.
  private static let maximumRecent = 64 << 10

  /// `fsync`: returns 0 or errno.
  typealias Synchronize = @Sendable (Int32) -> Int32

  package let path: String
  private let limits: LogSpoolLimits
  private let file: FileDescriptor
  private let sealing: LogSealing?
  private let synchronize: Synchronize
  private let isFull: @Sendable () -> Bool
  private let room: Doormat
  /// Held while writing, by threads that may block; everybody else asks ``state``.
  private let tail: Mutex<Tail>
  private let state: Mutex<State>
  /// This log's number there.
  private let share: (budget: SpoolBudget, number: Int)?
  /// Rings when the log has grown or is sealed.
  package let growth = Doorbell()

  private struct Tail {
    var length: UInt64 = 0
    var hash = SHA256()
    var isSealed = false
    /// Set once its key is in the log, where that is sealed.
    var sealer: LogSealer?
  }

  private struct State {
    var length: UInt64
    var durable: UInt64 = 0
    /// The last bytes of the log, until the gateway has them.
    var recent: [UInt8] = []
    var isAbandoned = false
    var sealed: LogDigest?

    mutating func remember(_ entries: [UInt8]) {
      if recent.count + entries.count > LogSpool.maximumRecent { recent = [] }
      if entries.count <= LogSpool.maximumRecent { recent += entries }
    }
  }

  /// Makes a new, empty spool. The file must not exist.
  ///
  /// - Parameter sealing: To whom the log is sealed; nil: it can be read by all who get it.
  package static func create(
    _ path: String, limits: LogSpoolLimits = LogSpoolLimits(), sealing: LogSealing? = nil
  ) throws(SystemError) -> LogSpool {
    let file = try FileDescriptor.open(path, O_RDWR | O_CREAT | O_EXCL)
    return LogSpool(path: path, limits: limits, file: file, tail: Tail(), sealing: sealing)
  }

  /// For tests, which have `synchronize` fail.
  static func create(
    _ path: String, synchronize: @escaping Synchronize
  ) throws(SystemError) -> LogSpool {
    let file = try FileDescriptor.open(path, O_RDWR | O_CREAT | O_EXCL)
    return LogSpool(
      path: path, limits: LogSpoolLimits(), file: file, tail: Tail(), synchronize: synchronize)
  }

  /// For tests, whose disk is full whenever `isFull` says so.
  static func create(
    _ path: String, limits: LogSpoolLimits, sealing: LogSealing? = nil,
    isFull: @escaping @Sendable () -> Bool
  ) throws(SystemError) -> LogSpool {
    let file = try FileDescriptor.open(path, O_RDWR | O_CREAT | O_EXCL)
    return LogSpool(
      path: path, limits: limits, file: file, tail: Tail(), sealing: sealing, isFull: isFull)
  }

  /// Opens a spool that an earlier process left, and cuts off an entry that it did not finish.
  ///
  /// The key of a sealed log is lost with the process; the log goes on under another one.
  package static func recover(
    _ path: String, limits: LogSpoolLimits = LogSpoolLimits(), sealing: LogSealing? = nil
  ) throws(SystemError) -> LogSpool {
    let file = try FileDescriptor.open(path, O_RDWR | O_CREAT | O_NOFOLLOW)
    var tail = Tail()
    var decoder = LogEntryDecoder()
    var position: Int64 = 0
    reading: while true {
      let piece = try file.read(at: position, count: 1 << 20, "read \(path)")
      if piece.isEmpty { break }
      position += Int64(piece.count)
      decoder.append(piece)
      while true {
        guard let entry = try? decoder.next() else { break }
        var encoded: [UInt8] = []
        entry.encode(into: &encoded)
        tail.hash.update(data: encoded)
        tail.length += UInt64(encoded.count)
      }
      // What is pending is either an entry that continues in the next piece, or damage.
      if decoder.pendingBytes > LogEntry.headerLength + LogEntry.maximumPayload { break reading }
    }
    try file.truncate(to: Int64(tail.length), "shorten \(path)")
    return LogSpool(path: path, limits: limits, file: file, tail: tail, sealing: sealing)
  }

  private init(
    path: String, limits: LogSpoolLimits, file: FileDescriptor, tail: Tail,
    sealing: LogSealing? = nil,
    synchronize: @escaping Synchronize = { fsync($0) == 0 ? 0 : errno },
    isFull: @escaping @Sendable () -> Bool = { false }
  ) {
    self.path = path
    self.limits = limits
    self.file = file
    self.sealing = sealing
    self.synchronize = synchronize
    self.isFull = isFull
    let room = Doormat()
    self.room = room
    state = Mutex(State(length: tail.length))
    share = limits.budget.map { budget in
      (budget, budget.add(length: tail.length) { room.call() })
    }
    self.tail = Mutex(tail)
  }

  deinit { if let share { share.budget.remove(share.number) } }

  /// Whom to call when there may be room again; apart from the spool, so that the budget does not
  /// keep that.
  private final class Doormat: Sendable {
    private let body = Mutex<(@Sendable () -> Void)?>(nil)

    func set(_ body: (@Sendable () -> Void)?) { self.body.withLock { $0 = body } }

    func call() { body.withLock { $0 }?() }
  }

  /// Everything below this offset is safe at the gateway.
  var durable: UInt64 { state.withLock { $0.durable } }

  package var length: UInt64 { state.withLock { $0.length } }

  /// What the gateway has.
  package var acknowledged: UInt64 { state.withLock { $0.durable } }

  /// Set once nothing more will be appended.
  package var digest: LogDigest? { state.withLock { $0.sealed } }

  /// False while the gateway is too far behind: whoever reads a job's output waits then, and so,
  /// once its pipe is full, does the job.
  package var hasRoom: Bool {
    let isClose = state.withLock {
      $0.isAbandoned || $0.length - $0.durable < limits.maximumUnacknowledged
    }
    return isClose && share?.budget.hasRoom(share?.number ?? 0) != false
  }

  /// How long a full disk is waited for.
  var fullDiskPatience: Duration { limits.fullDiskPatience }

  /// The gateway will not take this log: nothing waits for it any more.
  package func abandonUpload() {
    state.withLock { $0.isAbandoned = true }
    room.call()
  }

  /// Called, on any thread, whenever there may be room again.
  package func onRoom(_ body: (@Sendable () -> Void)?) {
    room.set(body)
  }

  /// Everything below this offset is safe at the gateway.
  package func acknowledge(upTo offset: UInt64) {
    state.withLock { state in
      state.durable = min(max(state.durable, offset), state.length)
      if state.durable == state.length { state.recent = [] }
    }
    room.call()
  }

  /// Appends bytes that a stream gave, as one entry or more.
  ///
  /// - Throws: ``SystemError`` where the disk does not take them; `EFBIG` beyond
  ///   ``LogSpoolLimits/maximumLength``. The log then ends at the last whole entry.
  package func append(
    _ bytes: some Collection<UInt8>, to stream: LogStreamID, at timestamp: UInt64
  ) throws(SystemError) {
    guard !bytes.isEmpty else { return }
    try append { entries throws(SealingError) in
      var rest = bytes[...]
      while !rest.isEmpty {
        let payload = rest.prefix(entries.maximumPayload)
        try entries.add(payload, of: stream, at: timestamp)
        rest = rest.dropFirst(payload.count)
      }
    }
    growth.ring()
  }

  /// Says, in a sealed log, that this is its end: one that has been cut has none. For all that end a
  /// log, before ``seal()``.
  ///
  /// - Throws: ``SystemError``, as ``append(_:to:at:)``.
  package func conclude(at timestamp: UInt64) throws(SystemError) {
    guard sealing != nil else { return }
    try append { entries throws(SealingError) in try entries.addEnd(at: timestamp) }
    growth.ring()
  }

  private func append(
    _ body: (inout SpoolEntries) throws(SealingError) -> Void
  ) throws(SystemError) {
    try tail.withLock { tail throws(SystemError) in
      guard !tail.isSealed else {
        throw SystemError("write to a log that has ended", number: EINVAL)
      }
      var entries = SpoolEntries(sealing: sealing, sealer: tail.sealer, offset: tail.length)
      do {
        try body(&entries)
      } catch {
        throw SystemError("seal \(path): \(error)", number: EKEYREJECTED)
      }
      let encoded = entries.encoded
      guard tail.length + UInt64(encoded.count) <= limits.maximumLength else {
        throw SystemError("write more than \(limits.maximumLength) bytes of log", number: EFBIG)
      }
      do throws(SystemError) {
        if isFull() { throw SystemError("write \(path)", number: ENOSPC) }
        guard lseek(file.number, off_t(tail.length), SEEK_SET) >= 0 else {
          throw SystemError.last("write \(path)")
        }
        try file.writeAll(encoded, "write \(path)")
      } catch {
        try? file.truncate(to: Int64(tail.length), "shorten \(path)")
        throw error
      }
      tail.hash.update(data: encoded)
      tail.length += UInt64(encoded.count)
      tail.sealer = entries.sealer
      let length = tail.length
      state.withLock { state in
        state.length = length
        state.remember(encoded)
      }
      if let share { share.budget.grow(share.number, to: length) }
    }
  }

  /// Ends the log and makes it last on disk. Blocks.
  ///
  /// - Throws: ``SystemError`` where it may not last. It has ended all the same, so that its upload
  ///   can end: what was written can be read unless the disk says otherwise.
  @discardableResult
  package func seal() throws(SystemError) -> LogDigest {
    let digest = tail.withLock { tail in
      tail.isSealed = true
      return LogDigest(length: tail.length, sha256: Array(tail.hash.finalize()))
    }
    state.withLock { $0.sealed = digest }
    growth.ring()
    if let share { share.budget.seal(share.number) }
    let failure = synchronize(file.number)
    guard failure == 0 else { throw SystemError("sync \(path)", number: failure) }
    return digest
  }

  /// Removes the file. Blocks.
  package func remove() {
    unlink(path)
    if let share { share.budget.remove(share.number) }
  }

  /// All that there is from `offset`, where it has been written so lately that the disk need not be
  /// asked. Nil elsewhere, and where `offset` is not between two entries.
  func recentChunk(at offset: UInt64) -> [UInt8]? {
    let (recent, length) = state.withLock { ($0.recent, $0.length) }
    guard offset < length, length - offset <= UInt64(recent.count) else { return nil }
    let index = recent.count - Int(length - offset)
    var boundary = 0
    while boundary < index, let size = LogEntry.encodedLength(at: boundary, in: recent) {
      boundary += size
    }
    return boundary == index ? Array(recent[index...]) : nil
  }

  /// Whole entries from `offset`, as many as fit into `maximum` bytes; empty where the log ends.
  ///
  /// - Parameter maximum: At least one entry's greatest length.
  /// - Throws: ``LogSpoolError`` where `offset` is beyond the log or not between two entries.
  package func chunk(at offset: UInt64, upTo maximum: Int) throws -> [UInt8] {
    let length = self.length
    guard offset <= length else { throw LogSpoolError.outOfRange(offset: offset, length: length) }
    let available = Int(min(UInt64(maximum), length - offset))
    var bytes = try file.read(at: Int64(offset), count: available, "read \(path)")
    var end = 0
    while let size = LogEntry.encodedLength(at: end, in: bytes), end + size <= bytes.count {
      end += size
    }
    guard end > 0 || available == 0 else { throw LogSpoolError.notAnEntry(offset: offset) }
    bytes.removeLast(bytes.count - end)
    return bytes
  }
}

extension LogEntry {
  /// Length of the encoded entry that begins at `index`; nil where no whole header does.
  fileprivate static func encodedLength(at index: Int, in bytes: [UInt8]) -> Int? {
    guard index + headerLength <= bytes.count else { return nil }
    let length = (0..<4).reduce(0) { $0 | Int(bytes[index + 4 + $1]) << (8 * $1) }
    guard LogStreamID(rawValue: bytes[index]) != nil, length <= maximumPayload else { return nil }
    return headerLength + length
  }
}
