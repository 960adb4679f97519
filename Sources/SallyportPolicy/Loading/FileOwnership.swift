internal import Glibc
package import SallyportConfig

/// Whoever can write a policy file decides what runs, or who may have a secret.
package enum FileOwnership {
  /// - Throws: ``ConfigError`` where group or others can write the file. One that is not there is left
  ///   to whoever reads it.
  package static func check(_ path: String) throws(ConfigError) {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & 0o022 != 0 else { return }
    throw ConfigError(
      code: .unsafeFile, origin: .file(path: path, line: nil),
      expected: "a file that only its owner can write",
      found: "mode 0\(String(status.st_mode & 0o777, radix: 8))", hint: "run: chmod go-w \(path)")
  }
}
