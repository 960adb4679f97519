import Glibc

/// Removes files that hold secrets, overwritten first. Follows no symbolic link. Blocks.
enum SecretErasure {
  /// Folders within each other that are looked into before all is removed.
  private static let maximumDepth = 16

  /// Also succeeds where there is nothing at `path`.
  static func erase(_ path: String) throws(SystemError) {
    let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
    let directory = open(path, flags)
    if directory >= 0 { overwriteFiles(in: directory, depth: 0) }
    try DirectoryRemoval.remove(path)
  }

  /// Writes zeros over a file's whole length.
  static func overwrite(_ descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
    let zeros = [UInt8](repeating: 0, count: 65_536)
    var offset: off_t = 0
    // A file of holes has no bytes to overwrite, and could be of any length.
    let end = min(status.st_size, off_t(clamping: status.st_blocks) * 512 + off_t(zeros.count))
    while offset < end {
      let count = pwrite(descriptor, zeros, min(zeros.count, Int(end - offset)), offset)
      guard count > 0 || (count < 0 && errno == EINTR) else { return }
      offset += off_t(max(count, 0))
    }
  }

  /// Takes over the descriptor.
  private static func overwriteFiles(in directory: Int32, depth: Int) {
    guard let stream = fdopendir(directory) else {
      close(directory)
      return
    }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        Array(bytes.prefix { $0 != 0 }.map { CChar(bitPattern: $0) }) + [0]
      }
      if name == [46, 0] || name == [46, 46, 0] { continue }
      let file = openat(directory, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
      if file >= 0 {
        overwrite(file)
        close(file)
      } else if errno == EISDIR, depth < maximumDepth {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        let child = openat(directory, name, flags)
        if child >= 0 { overwriteFiles(in: child, depth: depth + 1) }
      }
    }
  }
}
