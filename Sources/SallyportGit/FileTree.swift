internal import CLibGit2
internal import FoundationEssentials
internal import Glibc

/// The few file operations that mirrors and workspaces need.
enum FileTree {
  static func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  static func makeDirectory(_ path: String) throws(GitError) {
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw GitError(code: .fileSystem, message: "cannot create \(path): \(error)", cause: error)
    }
  }

  /// Names in a directory, sorted; empty where there is none.
  static func names(in directory: String) throws(GitError) -> [String] {
    guard exists(directory) else { return [] }
    do {
      return try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
    } catch {
      throw GitError(code: .fileSystem, message: "cannot list \(directory): \(error)", cause: error)
    }
  }

  /// Removes a file or a whole tree; without effect where there is none.
  static func remove(_ path: String) throws(GitError) {
    guard exists(path) else { return }
    do {
      try FileManager.default.removeItem(atPath: path)
    } catch {
      throw GitError(code: .fileSystem, message: "cannot remove \(path): \(error)", cause: error)
    }
  }

  static func rename(_ source: String, to target: String) throws(GitError) {
    guard Glibc.rename(source, target) == 0 else {
      throw GitError.system("rename \(source) to \(target)")
    }
  }

  /// Bytes that the kernel copies before the copy may be given up.
  private static let copyStep = 64 << 20

  /// Copies a file, sharing blocks where the file system can (copy_file_range(2) reflinks on XFS
  /// and Btrfs) and never an inode.
  ///
  /// - Parameter poll: Called between two pieces; throws to give up.
  static func copy(
    _ source: String, to target: String, mode: mode_t, poll: () throws(GitError) -> Void
  ) throws(GitError) {
    let input = open(source, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard input >= 0 else { throw GitError.system("read \(source)") }
    defer { close(input) }
    let output = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard output >= 0 else { throw GitError.system("create \(target)") }
    defer { close(output) }
    while true {
      try poll()
      let count = sallyport_copy_file_range(input, output, copyStep)
      if count == 0 { return }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        guard errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP else {
          throw GitError.system("copy \(source) to \(target)")
        }
        return try copyThroughMemory(input, output, target, poll: poll)
      }
    }
  }

  /// For pairs of file systems between which the kernel does not copy.
  private static func copyThroughMemory(
    _ input: CInt, _ output: CInt, _ target: String, poll: () throws(GitError) -> Void
  ) throws(GitError) {
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      try poll()
      let count = read(input, &buffer, buffer.count)
      if count == 0 { return }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw GitError.system("copy to \(target)") }
      var written = 0
      while written < count {
        let step = buffer.withUnsafeBytes { bytes in
          write(output, bytes.baseAddress.map { $0 + written }, count - written)
        }
        if step < 0, errno == EINTR { continue }
        guard step > 0 else { throw GitError.system("write \(target)") }
        written += step
      }
    }
  }
}

extension FileTree {
  /// Whether the path itself is a directory, and no link to one.
  static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Bytes of the files in a directory, without those in directories below it. What vanishes
  /// meanwhile counts as nothing.
  static func size(ofFilesIn directory: String) throws(GitError) -> UInt64 {
    var sum: UInt64 = 0
    for name in try names(in: directory) {
      var status = stat()
      if lstat("\(directory)/\(name)", &status) == 0 { sum += UInt64(max(status.st_size, 0)) }
    }
    return sum
  }

  /// Nanoseconds since 1970; 0 where there is nothing.
  static func modificationTime(_ path: String) -> Int64 {
    var status = stat()
    guard lstat(path, &status) == 0 else { return 0 }
    return Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
  }
}
