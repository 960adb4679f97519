import FoundationEssentials

/// What the file system says of a path.
enum FileFacts {
  /// Whether its group or others can do anything with it; false where it is not there.
  static func isOpenToOthers(_ path: String) -> Bool {
    let mode = try? FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? UInt
    return mode.map { $0 & 0o077 != 0 } ?? false
  }

  /// Bytes that are free beside a file; nil where nobody knows.
  static func free(beside path: String) -> Int64? {
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) + "/" } ?? "."
    let facts = try? FileManager.default.attributesOfFileSystem(forPath: folder)
    return (facts?[.systemFreeSize] as? UInt64).map { Int64(clamping: $0) }
  }
}
