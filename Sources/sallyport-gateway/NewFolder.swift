import Glibc
import SallyportConfig
import SallyportCore

/// Folders that hold keys: made with mode 0700, and never written over.
enum NewFolder {
  /// Makes a folder, or takes an empty one that is there.
  static func create(_ path: String) throws {
    if mkdir(path, 0o700) != 0 {
      let reason = errno
      guard reason == EEXIST else { throw failure("cannot create \(path)", reason) }
      guard try isEmpty(path) else {
        throw ErrorReport(
          "\(path) is not empty: choose another folder; nothing is written over",
          exitCode: ExitCode.cannotCreate)
      }
    }
    guard chmod(path, 0o700) == 0 else { throw failure("cannot make \(path) private", errno) }
  }

  private static func isEmpty(_ path: String) throws -> Bool {
    guard let directory = opendir(path) else { throw failure("cannot read \(path)", errno) }
    defer { closedir(directory) }
    var entries = 0
    while readdir(directory) != nil { entries += 1 }
    // `.` and `..`
    return entries <= 2
  }

  private static func failure(_ what: String, _ code: Int32) -> ErrorReport {
    ErrorReport("\(what): \(String(cString: strerror(code)))", exitCode: ExitCode.cannotCreate)
  }
}
