import Glibc
import SallyportCore
package import SallyportSigning
import Synchronization

/// Which signed jobs have run, so that none runs more often than was signed.
///
/// One empty file for each run, `<job>.<expiry>.<number>`, made with `O_EXCL`: of two claims of one
/// run, also by two workers that share the directory, one succeeds. Once ``secure()`` has returned,
/// the run stays used up after a crash, too; before that, nothing of the job may happen. All calls
/// block.
package final class SeenJobs: Sendable {
  /// How long a name is kept after its signature has expired, in seconds: clocks may be set back.
  private static let keptAfterExpiry: Int64 = 86_400

  /// How often old names are looked for, in seconds.
  private static let cleaningInterval: Int64 = 3_600

  /// One run of a job, used up.
  package struct Claim: Sendable {
    fileprivate let path: String
  }

  private let directory: String
  private let cleaned = Mutex<Int64>(0)

  package init(directory: String) { self.directory = directory }

  /// Uses up one run of a job. A crash may undo it until ``secure()`` has returned.
  ///
  /// - Throws: ``SignedJobError/Code/replayed`` where it has had all of them, or where that cannot
  ///   be found out.
  package func claim(
    _ statement: JobStatement, now: StatementTime
  ) throws(SignedJobError) -> Claim {
    try clean(now: now)
    for number in 1...max(statement.runs, 1) {
      let path = "\(directory)/\(statement.job).\(statement.expires.seconds).\(number)"
      let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
      if descriptor >= 0 {
        close(descriptor)
        return Claim(path: path)
      }
      guard errno == EEXIST else { throw failure("create \(path)") }
    }
    throw SignedJobError(
      .replayed,
      statement.runs == 1
        ? "the job has run already, and was signed for one run"
        : "the job has run \(statement.runs) times already, as often as was signed")
  }

  /// Makes every claim so far outlive a power cut.
  ///
  /// - Throws: ``SignedJobError/Code/replayed``: it is not known whether they would.
  package func secure() throws(SignedJobError) { try synchronize(directory) }

  /// Gives a run back of which nothing has happened. Where that fails, it stays used up.
  package func withdraw(_ claim: Claim) { _ = unlink(claim.path) }

  /// Makes the directory where there is none, and forgets jobs whose signatures have long expired.
  private func clean(now: StatementTime) throws(SignedJobError) {
    let isDue = cleaned.withLock { last in
      guard abs(now.seconds - last) >= Self.cleaningInterval else { return false }
      last = now.seconds
      return true
    }
    guard isDue else { return }
    if mkdir(directory, 0o700) == 0 {
      try synchronize("\(directory)/..")
    } else if errno != EEXIST {
      throw failure("create \(directory)")
    }
    guard let stream = opendir(directory) else { throw failure("open \(directory)") }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      let parts = name.split(separator: ".", omittingEmptySubsequences: false)
      guard parts.count == 3, JobID(parts[0]) != nil, let expiry = Int64(parts[1]),
        expiry < now.seconds - Self.keptAfterExpiry
      else { continue }
      unlink("\(directory)/\(name)")
    }
  }

  private func synchronize(_ directory: String) throws(SignedJobError) {
    let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("open \(directory)") }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw failure("synchronize \(directory)") }
  }

  private func failure(_ operation: String) -> SignedJobError {
    SignedJobError(
      .replayed, "whether the job has run already is unknown: \(SystemError.last(operation))")
  }
}
