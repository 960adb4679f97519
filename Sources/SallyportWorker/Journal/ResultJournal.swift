import Glibc
import SallyportCore

/// What this worker has taken on and how it ended, on disk: every record is synchronised before
/// ``record(_:)`` returns, so nothing is done that a crash could make the worker forget.
///
/// An actor on the disk's thread, because every call blocks.
package actor ResultJournal {
  /// The file is rewritten without what is settled once it has grown by this many bytes.
  static let compactionThreshold: Int64 = 1 << 20

  private let directory: String
  private let path: String
  private let executor: DiskExecutor
  private var file: FileDescriptor
  private var end: Int64
  private var compactedLength: Int64
  package private(set) var state: JournalState
  /// Bytes of a torn last record that opening cut off; zero after a clean stop.
  package let discardedBytes: Int

  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  /// Opens `directory/journal` or makes it. Blocks.
  ///
  /// - Throws: ``SystemError``, ``JournalError`` where the file is something else, or what encoding
  ///   a record throws.
  package init(directory: String) throws {
    self.directory = directory
    let path = "\(directory)/journal"
    self.path = path
    executor = try DiskExecutor(name: "journal")
    let loaded = try Self.load(path)
    state = loaded?.state ?? JournalState()
    discardedBytes = loaded?.discarded ?? 0
    let opened: (FileDescriptor, end: Int64)
    do {
      opened = try Self.rewrite(loaded?.state ?? JournalState(), directory: directory)
    } catch {
      // On a full disk the old file is as good; only a torn record at its end has to go.
      guard let loaded else { throw error }
      let old = try FileDescriptor.open(path, O_RDWR | O_NOFOLLOW)
      try old.truncate(to: loaded.end, "shorten \(path)")
      opened = (old, loaded.end)
    }
    (file, end, compactedLength) = (opened.0, opened.end, opened.end)
  }

  /// Makes `record` last.
  ///
  /// - Throws: ``SystemError``, or what encoding the record throws; it is then not part of the
  ///   journal.
  package func record(_ record: JournalRecord) throws {
    let bytes = JournalFormat.encode(try record.encode())
    do {
      guard lseek(file.number, off_t(end), SEEK_SET) >= 0 else {
        throw SystemError.last("write \(path)")
      }
      try file.writeAll(bytes, "write \(path)")
      try file.synchronize("sync \(path)")
    } catch {
      try? file.truncate(to: end, "shorten \(path)")
      throw error
    }
    end += Int64(bytes.count)
    state.apply(record)
    if end - compactedLength > Self.compactionThreshold, case .settled = record { compact() }
  }

  /// The record that led here is safe whether or not this succeeds: where it does not, the old file
  /// goes on, and the next try comes after as many bytes again.
  private func compact() {
    if let rewritten = try? Self.rewrite(state, directory: directory) {
      (file, end) = rewritten
    }
    compactedLength = end
  }

  /// Nil where there is no journal.
  private static func load(
    _ path: String
  ) throws -> (state: JournalState, end: Int64, discarded: Int)? {
    guard access(path, F_OK) == 0 else { return nil }
    let file = try FileDescriptor.open(path, O_RDONLY | O_NOFOLLOW)
    let length = try file.length("examine \(path)")
    let bytes = try file.read(at: 0, count: Int(length), "read \(path)")
    guard bytes.starts(with: JournalFormat.header) else { throw JournalError(path: path) }
    var state = JournalState()
    let (records, end) = JournalFormat.decode(bytes)
    for record in records { state.apply(record) }
    return (state, Int64(end), bytes.count - end)
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
    try file.synchronize("sync \(temporary)")
    guard rename(temporary, "\(directory)/journal") == 0 else {
      throw SystemError.last("replace \(directory)/journal")
    }
    try? parent.synchronize("sync \(directory)")
    return (file, Int64(bytes.count))
  }
}
