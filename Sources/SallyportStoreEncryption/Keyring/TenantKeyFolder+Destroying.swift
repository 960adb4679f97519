internal import Glibc
internal import SallyportCore
internal import SallyportIdentity

extension TenantKeyFolder {
  /// What a tenant's file holds once its keys are destroyed, so that keys that were destroyed can be
  /// told from keys that were lost, and no new ones are made under the same name.
  static let destroyed = Array(#"{"destroyed":true,"version":1}"#.utf8) + [UInt8(ascii: "\n")]

  /// - Throws: ``EncryptionError/Code/keyFile``.
  func isDestroyed(_ tenant: TenantName) throws(EncryptionError) -> Bool {
    do {
      return try DurableFile.read(file(of: tenant), isSecret: true) == Self.destroyed
    } catch let error where error.code == .missingFile {
      return false
    } catch {
      throw EncryptionError(.keyFile, "the tenant's keys: \(error.message)")
    }
  }

  /// Overwrites a tenant's file and whatever an interrupted change has left beside it, durably, and
  /// leaves a note in its place. Repeating it changes nothing.
  ///
  /// Overwriting reaches the blocks that the file has now: not a copy, and not what a file system or
  /// a disk that writes elsewhere keeps of before.
  ///
  /// - Throws: ``EncryptionError/Code/keyFile``; what is left is to be destroyed by the same call.
  func destroy(_ tenant: TenantName) throws(EncryptionError) {
    if try isDestroyed(tenant), try leftovers(of: tenant).isEmpty { return }
    try destroyLeftovers(of: tenant)
    try overwrite(file(of: tenant))
    do {
      try DurableFile.replace(file(of: tenant), contents: Self.destroyed, mode: .ownerOnly)
    } catch {
      throw EncryptionError(.keyFile, "the tenant's keys: \(error.message)")
    }
  }

  /// Overwrites and removes what changes of a tenant's file have left beside it that were interrupted:
  /// copies of its keys, of those before and wrapped by the master key before as well.
  func destroyLeftovers(of tenant: TenantName) throws(EncryptionError) {
    for name in try leftovers(of: tenant) {
      let leftover = "\(path)/\(name)"
      try overwrite(leftover)
      guard unlink(leftover) == 0 || errno == ENOENT else { throw failure("remove", leftover) }
    }
  }

  /// Files that ``DurableFile`` had not given their name yet when its process ended: no tenant's name
  /// has a dot.
  private func leftovers(of tenant: TenantName) throws(EncryptionError) -> [String] {
    guard let folder = opendir(path) else { throw failure("read", path) }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasPrefix("\(tenant.rawValue).") { names.append(name) }
    }
    return names
  }

  private func overwrite(_ file: String) throws(EncryptionError) {
    let descriptor = open(file, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return }
      throw failure("open", file)
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw EncryptionError(.keyFile, "\(file) is not a regular file")
    }
    let zeros = [UInt8](repeating: 0, count: 4_096)
    var offset = 0
    while offset < status.st_size {
      let count = pwrite(descriptor, zeros, min(zeros.count, status.st_size - offset), offset)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure("overwrite", file) }
      offset += count
    }
    guard fsync(descriptor) == 0 else { throw failure("sync", file) }
  }

  private func failure(_ verb: String, _ file: String) -> EncryptionError {
    EncryptionError(.keyFile, "cannot \(verb) \(file): \(String(cString: strerror(errno)))")
  }
}
