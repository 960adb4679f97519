import Glibc
import SallyportCore

/// What this worker has taken on and how it ended, on disk: every record is synchronised before
/// ``record(_:)`` returns, so nothing is done that a crash could make the worker forget.
///
/// An actor on the disk's thread, because every call blocks.
package actor ResultJournal {
  /// The file is rewritten without what is settled once it has grown by this many bytes.
  static let compactionThreshold: Int64 = 1 << 20
  /// Room on the disk for what is still to be recorded of an attempt that has been started.
  static let reserve: Int64 = 8 << 10

  private let directory: String
  private let path: String
  private let executor: DiskExecutor
  private var file: FileDescriptor
  private var end: Int64
  private var compactedLength: Int64
  package private(set) var state: JournalState
  /// Bytes of a torn last record that opening cut off; zero after a clean stop.
  package let discardedBytes: Int
  /// Set where the file was damaged otherwise.
  package let damage: JournalDamage?

  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  /// Opens `directory/journal` or makes it. Blocks.
  ///
  /// A damaged file is kept aside, and what is left of it goes on.
  ///
  /// - Throws: ``SystemError``, ``JournalError`` where the file is another version's, or what
  ///   encoding a record throws.
  package init(directory: String) throws {
    self.directory = directory
    let path = "\(directory)/journal"
    self.path = path
    executor = try DiskExecutor(name: "journal")
    let loaded = try Self.load(path)
    state = loaded?.state ?? JournalState()
    discardedBytes = loaded?.discarded ?? 0
    damage = loaded?.damage
    let opened: (FileDescriptor, end: Int64)
    do {
      opened = try Self.rewrite(loaded?.state ?? JournalState(), directory: directory)
    } catch {
      // On a full disk the old file is as good; only a torn record at its end has to go.
      guard let loaded, loaded.damage == nil else { throw error }
      let old = try FileDescriptor.open(path, O_RDWR | O_NOFOLLOW)
      try old.truncate(to: Int64(loaded.end), "shorten \(path)")
      opened = (old, Int64(loaded.end))
    }
    (file, end, compactedLength) = (opened.0, opened.end, opened.end)
  }

  /// Bytes of the file.
  package var length: Int64 { end }

  /// Makes `record` last.
  ///
  /// An attempt is started only where the disk has room for its end as well, so that a disk that
  /// fills up meanwhile costs no result.
  ///
  /// - Throws: ``SystemError``, or what encoding the record throws; it is then not part of the
  ///   journal.
  package func record(_ record: JournalRecord) throws {
    let body = try record.encode()
    guard body.count <= JournalFormat.maximumBody else { throw JournalError.tooLong(body.count) }
    let bytes = JournalFormat.encode(body)
    if case .started = record {
      let room = Int64(bytes.count) + Self.reserve * Int64(state.open.count + 1)
      try file.reserve(room, at: end, "keep room for \(path)")
    }
    do {
      guard lseek(file.number, off_t(end), SEEK_SET) >= 0 else {
        throw SystemError.last("write \(path)")
      }
      try file.writeAll(bytes, "write \(path)")
      try file.synchronize("sync \(path)")
    } catch {
      try? file.truncate(to: end, "shorten \(path)")
      // That has given the room back as well.
      try? file.reserve(Self.room(for: state), at: end, "keep room for \(path)")
      throw error
    }
    end += Int64(bytes.count)
    state.apply(record)
    if end - compactedLength > Self.compactionThreshold, case .settled = record { compact() }
  }

  /// What the ends of the attempts take that have been started.
  private static func room(for state: JournalState) -> Int64 {
    reserve * Int64(state.open.values.count { $0.report == nil })
  }

  /// The record that led here is safe whether or not this succeeds: where it does not, the old file
  /// goes on, and the next try comes after as many bytes again.
  private func compact() {
    if let rewritten = try? Self.rewrite(state, directory: directory) {
      (file, end) = rewritten
    }
    compactedLength = end
  }

  private struct Loaded {
    var state = JournalState()
    /// The end of the last record that follows the ones before it.
    var end: Int
    /// Bytes of a torn record.
    var discarded = 0
    var damage: JournalDamage?
  }

  /// Nil where there is no journal, or an empty one.
  private static func load(_ path: String) throws -> Loaded? {
    guard access(path, F_OK) == 0 else { return nil }
    let file = try FileDescriptor.open(path, O_RDONLY | O_NOFOLLOW)
    let length = try file.length("examine \(path)")
    let bytes = try file.read(at: 0, count: Int(length), "read \(path)")
    guard !bytes.isEmpty else { return nil }
    if bytes.starts(with: JournalFormat.signature), !bytes.starts(with: JournalFormat.header),
      bytes.count >= JournalFormat.header.count
    {
      throw JournalError.version(path)
    }
    let (records, end) = JournalFormat.decode(bytes)
    let salvaged = JournalFormat.salvage(bytes, from: end)
    var loaded = Loaded(end: end)
    for record in records + salvaged { loaded.state.apply(record) }
    if end == 0 || !salvaged.isEmpty {
      loaded.damage = JournalDamage(copy: try keep(path), salvaged: salvaged.count)
    } else {
      loaded.discarded = bytes.count - end
    }
    return loaded
  }

  /// Gives a damaged journal a second name, under which it stays when the new one takes the first.
  private static func keep(_ path: String) throws(SystemError) -> String {
    let copy = "\(path).damaged"
    unlink(copy)
    guard link(path, copy) == 0 else { throw .last("keep \(path) as \(copy)") }
    return copy
  }

  /// Writes a new file beside the old one and puts it into its place.
  ///
  /// Once the new file has the name, it is the journal: that the directory could not be
  /// synchronised is no error, because after a crash the old file has all that this one begins
  /// with, and what is lost with it is what follows.
  private static func rewrite(
    _ state: JournalState, directory: String
  ) throws -> (FileDescriptor, end: Int64) {
    let temporary = "\(directory)/journal.new"
    let parent = try FileDescriptor.open(directory, O_RDONLY | O_DIRECTORY)
    let file = try FileDescriptor.open(temporary, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW)
    var bytes = JournalFormat.header
    for record in state.records { bytes += JournalFormat.encode(try record.encode()) }
    try file.writeAll(bytes, "write \(temporary)")
    try file.reserve(room(for: state), at: Int64(bytes.count), "keep room for \(temporary)")
    try file.synchronize("sync \(temporary)")
    guard rename(temporary, "\(directory)/journal") == 0 else {
      throw SystemError.last("replace \(directory)/journal")
    }
    try? parent.synchronize("sync \(directory)")
    return (file, Int64(bytes.count))
  }
}
