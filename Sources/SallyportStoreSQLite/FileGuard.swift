import Glibc
import SallyportStore

/// Makes the database file private before SQLite sees it. SQLite gives its WAL and shared-memory
/// files the permissions of the database file.
enum FileGuard {
  static func createPrivateFile(at path: String) throws {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      let reason = String(cString: strerror(errno))
      throw StoreError(code: .unavailable, message: "cannot create \(path): \(reason)")
    }
    defer { _ = Glibc.close(descriptor) }
    guard fchmod(descriptor, 0o600) == 0 else {
      let reason = String(cString: strerror(errno))
      throw StoreError(code: .unavailable, message: "cannot make \(path) private: \(reason)")
    }
  }
}
