import Glibc

/// Removes a directory tree that an untrusted job has filled.
///
/// Goes by descriptors relative to each other and follows no symbolic link, so nothing outside the
/// tree is touched; keeps one descriptor open however deep the tree is; opens directories that the
/// job has closed to itself.
enum DirectoryRemoval {
  /// Also succeeds where there is nothing at `path`.
  static func remove(_ path: String) throws(SystemError) {
    if unlink(path) == 0 || errno == ENOENT { return }
    chmod(path, 0o700)
    var directory = try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    var names: [String] = []
    while true {
      if let child = try emptyExceptDirectories(directory, path) {
        directory = try open(child, in: directory, path)
        names.append(child)
      } else if let name = names.popLast() {
        directory = try open("..", in: directory, path)
        guard unlinkat(directory.number, name, AT_REMOVEDIR) == 0 else {
          throw .last("remove '\(name)' below \(path)")
        }
      } else {
        break
      }
    }
    guard rmdir(path) == 0 else { throw .last("remove \(path)") }
  }

  private static func open(
    _ name: String, in directory: FileDescriptor, _ path: String
  ) throws(SystemError) -> FileDescriptor {
    let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
    var number = openat(directory.number, name, flags)
    if number < 0 && errno == EACCES {
      fchmodat(directory.number, name, 0o700, 0)
      number = openat(directory.number, name, flags)
    }
    guard number >= 0 else { throw .last("open '\(name)' below \(path)") }
    fchmod(number, 0o700)
    return FileDescriptor(owning: number)
  }

  /// Removes all but directories.
  /// - Returns: The name of one directory; nil where nothing is left.
  private static func emptyExceptDirectories(
    _ directory: FileDescriptor, _ path: String
  ) throws(SystemError) -> String? {
    let copy = dup(directory.number)
    guard copy >= 0, let stream = fdopendir(copy) else { throw .last("read \(path)") }
    defer { closedir(stream) }
    rewinddir(stream)
    while let entry = readdir(stream) {
      // Names need not be UTF-8: a String would change those that are not.
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        Array(bytes.prefix { $0 != 0 }.map { CChar(bitPattern: $0) }) + [0]
      }
      if name == [46, 0] || name == [46, 46, 0] { continue }
      if unlinkat(directory.number, name, 0) == 0 { continue }
      guard errno == EISDIR || errno == EPERM else { throw .last("remove a file below \(path)") }
      // An empty directory needs no visit, and one whose name a String cannot hold gets another.
      if unlinkat(directory.number, name, AT_REMOVEDIR) == 0 { continue }
      if let text = String(validating: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
      {
        return text
      }
      let plain = "sallyport-\(UInt64.random(in: .min ... .max))"
      guard renameat(directory.number, name, directory.number, plain) == 0 else {
        throw .last("rename a directory below \(path)")
      }
      return plain
    }
    return nil
  }
}
