import Glibc
import Synchronization

/// The keys of ``SigningKeyFiles``, read again whenever a file is another than it was: what counts
/// is what the files say at each decision, and reading them is a good part of its time.
///
/// All calls block.
package final class SigningKeyCache: Sendable {
  private struct Entry {
    let stamps: [FileStamp]
    let keys: TrustedSigningKeys
  }

  private let files: SigningKeyFiles
  private let now: @Sendable () -> Int
  private let entry = Mutex<Entry?>(nil)

  /// - Parameter now: Seconds since 1970, by the clock of the file systems.
  package init(_ files: SigningKeyFiles, now: @escaping @Sendable () -> Int = { time(nil) }) {
    self.files = files
    self.now = now
  }

  /// - Throws: ``SignedJobError/Code/unusableKey``: a file that cannot be read trusts nobody.
  package func load() throws(SignedJobError) -> TrustedSigningKeys {
    // Before the files are read: one that is changed in between has another stamp the next time.
    guard let stamps = FileStamp.settled(files.all, at: now()) else { return try files.load() }
    if let entry = entry.withLock({ $0 }), entry.stamps == stamps { return entry.keys }
    let keys = try files.load()
    entry.withLock { $0 = Entry(stamps: stamps, keys: keys) }
    return keys
  }
}

/// What changes with every change of a file: which file its name means, and when that was changed.
private struct FileStamp: Hashable {
  /// A change after this long has a time of its own, however coarse the file system's clock is.
  private static let settlingSeconds = 3

  private let device: UInt
  private let inode: UInt
  private let size: Int
  private let seconds: Int
  private let nanoseconds: Int

  /// - Returns: Nil where a file cannot be examined, or was changed so lately that it may change
  ///   again unnoticed.
  static func settled(_ paths: [String], at now: Int) -> [FileStamp]? {
    var stamps: [FileStamp] = []
    for path in paths {
      var status = stat()
      guard stat(path, &status) == 0, status.st_ctim.tv_sec + settlingSeconds <= now else {
        return nil
      }
      stamps.append(
        FileStamp(
          device: status.st_dev, inode: status.st_ino, size: status.st_size,
          seconds: status.st_ctim.tv_sec, nanoseconds: status.st_ctim.tv_nsec))
    }
    return stamps
  }
}
