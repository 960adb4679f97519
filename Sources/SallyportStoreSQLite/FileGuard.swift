import Glibc
import SallyportStore

/// Makes the database file private before SQLite sees it. SQLite gives its WAL and shared-memory
/// files the permissions of the database file.
enum FileGuard {
  static func preparePrivateFile(at path: String, creating: Bool) throws(StoreError) {
    let descriptor = open(path, O_RDWR | O_CLOEXEC | (creating ? O_CREAT : 0), 0o600)
    guard descriptor >= 0 else {
      let code = errno
      throw StoreError(
        code: code == ENOENT ? .missing : .unavailable,
        message: "cannot open \(path): \(String(cString: strerror(code)))")
    }
    defer { _ = Glibc.close(descriptor) }
    guard fchmod(descriptor, 0o600) == 0 else {
      let reason = String(cString: strerror(errno))
      throw StoreError(code: .unavailable, message: "cannot make \(path) private: \(reason)")
    }
  }
}
