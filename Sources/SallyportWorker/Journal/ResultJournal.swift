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
  /// - Throws: ``SystemError``, or ``JournalError`` where the file is something else.
  package init(directory: String) throws {
    self.directory = directory
    path = "\(directory)/journal"
    executor = try DiskExecutor(name: "journal")
    let (state, discarded) = try Self.load(path)
    self.state = state
    discardedBytes = discarded
    (file, end) = try Self.rewrite(state, directory: directory)
    compactedLength = end
  }

  /// Makes `record` last.
  ///
  /// - Throws: ``SystemError``; the record is then not part of the journal.
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
    if end - compactedLength > Self.compactionThreshold, case .settled = record {
      (file, end) = try Self.rewrite(state, directory: directory)
      compactedLength = end
    }
  }

  private static func load(_ path: String) throws -> (JournalState, discarded: Int) {
    var state = JournalState()
    guard access(path, F_OK) == 0 else { return (state, 0) }
    let file = try FileDescriptor.open(path, O_RDONLY)
    let length = try file.length("examine \(path)")
    let bytes = try file.read(at: 0, count: Int(length), "read \(path)")
    guard bytes.starts(with: JournalFormat.header) else { throw JournalError(path: path) }
    let (records, end) = JournalFormat.decode(bytes)
    for record in records { state.apply(record) }
    return (state, bytes.count - end)
  }

  /// Writes a new file beside the old one and puts it into its place.
  private static func rewrite(
    _ state: JournalState, directory: String
  ) throws -> (FileDescriptor, end: Int64) {
    let temporary = "\(directory)/journal.new"
    let file = try FileDescriptor.open(temporary, O_RDWR | O_CREAT | O_TRUNC)
    var bytes = JournalFormat.header
    for record in state.records { bytes += JournalFormat.encode(try record.encode()) }
    try file.writeAll(bytes, "write \(temporary)")
    try file.synchronize("sync \(temporary)")
    guard rename(temporary, "\(directory)/journal") == 0 else {
      throw SystemError.last("replace \(directory)/journal")
    }
    try FileDescriptor.synchronizeDirectory(directory)
    return (file, Int64(bytes.count))
  }
}
