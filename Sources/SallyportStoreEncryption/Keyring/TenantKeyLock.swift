internal import Glibc

/// Keeps other processes from changing keys at the same time; gone with the process.
package struct TenantKeyLock: Sendable {
  private let descriptor: CInt

  /// - Throws: ``EncryptionError/Code/keyFile`` where somebody else has it.
  init(folder: String) throws(EncryptionError) {
    descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw EncryptionError(.keyFile, "cannot open \(folder): \(String(cString: strerror(errno)))")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw EncryptionError(
        .keyFile, "another command changes the keys in \(folder); wait until it has ended")
    }
  }

  /// Once.
  package func release() { close(descriptor) }
}
