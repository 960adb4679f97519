internal import Glibc

/// An exclusive lock on a file, between threads and between processes (flock(2)). Released when it
/// goes out of scope, and by the kernel where the process dies. The file's modification time tells
/// when it was last taken.
struct FileLock: ~Copyable {
  private let descriptor: CInt

  /// Blocks the calling thread until the lock is free.
  ///
  /// - Parameter poll: Called every 50 ms while waiting; throws to give up.
  init(path: String, poll: () throws(GitError) -> Void) throws(GitError) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw GitError.system("open the lock file \(path)") }
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      do throws(GitError) {
        guard errno == EWOULDBLOCK || errno == EINTR else {
          throw GitError.system("lock \(path)")
        }
        try poll()
      } catch {
        close(descriptor)
        throw error
      }
      usleep(50_000)
    }
    futimens(descriptor, nil)
    self.descriptor = descriptor
  }

  deinit {
    // Closing alone would leave it locked while another thread's child is between fork and exec.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }
}

extension GitError {
  /// The error that `errno` names.
  static func system(_ action: String, code: CInt = errno) -> GitError {
    GitError(
      code: .fileSystem, message: "cannot \(action): \(String(cString: strerror(code)))")
  }
}
