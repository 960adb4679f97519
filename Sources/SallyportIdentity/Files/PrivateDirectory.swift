import Glibc

/// A directory that only its owner can enter.
package enum PrivateDirectory {
  /// Makes the directory (0700) where there is none; its parent must exist.
  ///
  /// An existing one may be readable by others, as service managers make them: what is secret in
  /// it has a mode of its own. It may not be writable by them.
  ///
  /// - Throws: ``IdentityError/Code/unsafeFile`` or ``IdentityError/Code/fileSystem``.
  package static func prepare(_ path: String) throws(IdentityError) {
    if mkdir(path, 0o700) == 0 { return }
    guard errno == EEXIST else { throw failure("cannot create", path) }
    var status = stat()
    guard stat(path, &status) == 0 else { throw failure("cannot examine", path) }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw IdentityError(.unsafeFile, "\(path) is not a directory")
    }
    guard status.st_mode & 0o022 == 0 else {
      throw IdentityError(
        .unsafeFile,
        "\(path) has mode 0\(String(status.st_mode & 0o777, radix: 8)), so others can write to it; "
          + "run: chmod 700 \(path)")
    }
  }

  private static func failure(_ what: String, _ path: String) -> IdentityError {
    IdentityError(.fileSystem, "\(what) directory \(path): \(String(cString: strerror(errno)))")
  }
}
