internal import Glibc

/// Files by which the customer decides something: whoever can write one can decide as well.
package enum OwnedFile {
  /// The bytes of such a file in YAML. Blocks.
  ///
  /// - Throws: ``ConfigError`` where group or others can write the file, and where it cannot be read
  ///   or is longer than ``YAMLTree/maximumSize``.
  package static func read(_ path: String) throws(ConfigError) -> [UInt8] {
    try checkOwnership(of: path)
    do {
      return try BoundedFile.read(path, limit: YAMLTree.maximumSize)
    } catch {
      throw ConfigError(
        code: .unreadableFile, origin: .file(path: path, line: nil), found: "\(error)")
    }
  }

  /// One that is not there is left to whoever reads it.
  private static func checkOwnership(of path: String) throws(ConfigError) {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & 0o022 != 0 else { return }
    throw ConfigError(
      code: .unsafeFile, origin: .file(path: path, line: nil),
      expected: "a file that only its owner can write",
      found: "mode 0\(String(status.st_mode & 0o777, radix: 8))", hint: "run: chmod go-w \(path)")
  }
}
