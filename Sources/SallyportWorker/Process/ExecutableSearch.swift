import Glibc

/// Finds a command's executable as `execvp` does, but in the job's own `PATH`.
package enum ExecutableSearch {
  /// A name with a slash is used as it is, relative to `directory`. Empty `PATH` entries, which
  /// POSIX reads as the working directory, are skipped: a checkout must not shadow a command.
  ///
  /// - Throws: ``SystemError`` with `ENOENT`, or `EACCES` where something was found that may not
  ///   be executed.
  package static func find(
    _ command: String, path: String, directory: String
  ) throws(SystemError) -> String {
    if command.utf8.contains(UInt8(ascii: "/")) {
      return command.hasPrefix("/") ? command : "\(directory)/\(command)"
    }
    var refused = false
    for entry in path.split(separator: ":") {
      let base = entry.hasPrefix("/") ? String(entry) : "\(directory)/\(entry)"
      let candidate = "\(base)/\(command)"
      guard access(candidate, F_OK) == 0, !isDirectory(candidate) else { continue }
      if access(candidate, X_OK) == 0 { return candidate }
      refused = true
    }
    throw SystemError("run '\(command)'", number: refused ? EACCES : ENOENT)
  }

  private static func isDirectory(_ path: String) -> Bool {
    guard let directory = opendir(path) else { return errno != ENOTDIR }
    closedir(directory)
    return true
  }
}
