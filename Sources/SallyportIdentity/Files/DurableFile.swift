import Glibc
internal import SallyportBytes

/// Small files that are either wholly there or not, also after a power cut.
///
/// Every write goes to a temporary file beside the target (`O_EXCL`, so that nobody can have put
/// a link there), is synced, and appears under its name in one step; then the directory is synced.
/// All calls block; do not make them on an event loop.
package enum DurableFile {
  /// Bytes; certificates and keys have a few thousand at most.
  package static let maximumSize = 256 * 1_024

  /// Reads a whole file.
  ///
  /// - Parameter isSecret: Refuses a file that its group or others may access.
  /// - Throws: ``IdentityError/Code/missingFile``, ``IdentityError/Code/unsafeFile`` or
  ///   ``IdentityError/Code/fileSystem``.
  package static func read(
    _ path: String, isSecret: Bool = false
  ) throws(IdentityError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      let code = errno
      if code == ENOENT {
        throw IdentityError(.missingFile, "\(path) does not exist")
      }
      throw failure("cannot open", path, code)
    }
    defer { close(descriptor) }
    // Checked on the open file, so that it is the file read below that was checked.
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure("cannot examine", path, errno) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw IdentityError(.unsafeFile, "\(path) is not a regular file")
    }
    if isSecret, status.st_mode & 0o077 != 0 {
      let mode = String(status.st_mode & 0o777, radix: 8)
      throw IdentityError(
        .unsafeFile, "\(path) has mode 0\(mode), so others can access it; run: chmod 600 \(path)")
    }
    guard status.st_size <= maximumSize else {
      throw IdentityError(
        .unsafeFile, "\(path) has \(status.st_size) bytes, at most \(maximumSize) are allowed")
    }
    return try readAll(descriptor, path)
  }

  /// Writes a new file; refuses to replace one.
  ///
  /// - Throws: ``IdentityError/Code/fileExists`` or ``IdentityError/Code/fileSystem``.
  package static func create(
    _ path: String, contents: [UInt8], mode: FileMode
  ) throws(IdentityError) {
    let temporary = try writeTemporary(beside: path, contents: contents, mode: mode)
    defer { unlink(temporary) }
    // link(2), unlike rename(2), fails where the name is taken.
    guard link(temporary, path) == 0 else {
      let code = errno
      if code == EEXIST {
        throw IdentityError(.fileExists, "\(path) exists already and is not overwritten")
      }
      throw failure("cannot create", path, code)
    }
    try syncDirectory(of: path)
  }

  /// Writes a file, in the place of the old one where there is one.
  ///
  /// - Throws: ``IdentityError/Code/fileSystem``.
  package static func replace(
    _ path: String, contents: [UInt8], mode: FileMode
  ) throws(IdentityError) {
    try move(writeTemporary(beside: path, contents: contents, mode: mode), to: path)
  }

  /// Renames within one directory, durably.
  package static func move(_ source: String, to target: String) throws(IdentityError) {
    guard rename(source, target) == 0 else {
      let code = errno
      unlink(source)
      throw failure("cannot write", target, code)
    }
    try syncDirectory(of: target)
  }

  package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  private static func readAll(
    _ descriptor: Int32, _ path: String
  ) throws(IdentityError) -> [UInt8] {
    var contents: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16 * 1_024)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw failure("cannot read", path, errno) }
      guard count > 0 else { return contents }
      contents.append(contentsOf: buffer[..<count])
      guard contents.count <= maximumSize else {
        throw IdentityError(.unsafeFile, "\(path) has more than \(maximumSize) bytes")
      }
    }
  }

  private static func writeTemporary(
    beside path: String, contents: [UInt8], mode: FileMode
  ) throws(IdentityError) -> String {
    let temporary = "\(path).\(hexadecimalDigits(randomBytes(count: 8))).tmp"
    let descriptor = open(
      temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode_t(mode.bits))
    guard descriptor >= 0 else { throw failure("cannot create", temporary, errno) }
    defer { close(descriptor) }
    var written = 0
    while written < contents.count {
      let count = contents.withUnsafeBytes { bytes in
        write(descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw abandon(temporary, "cannot write") }
      written += count
    }
    // The umask may have taken bits away, and never gives any.
    guard fchmod(descriptor, mode_t(mode.bits)) == 0 else {
      throw abandon(temporary, "cannot set the mode of")
    }
    guard fsync(descriptor) == 0 else { throw abandon(temporary, "cannot sync") }
    return temporary
  }

  private static func syncDirectory(of path: String) throws(IdentityError) {
    let parent =
      path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let descriptor = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("cannot open", parent, errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw failure("cannot sync", parent, errno) }
  }

  private static func abandon(_ temporary: String, _ what: String) -> IdentityError {
    let code = errno
    unlink(temporary)
    return failure(what, temporary, code)
  }

  private static func failure(_ what: String, _ path: String, _ code: Int32) -> IdentityError {
    IdentityError(.fileSystem, "\(what) \(path): \(String(cString: strerror(code)))")
  }
}
