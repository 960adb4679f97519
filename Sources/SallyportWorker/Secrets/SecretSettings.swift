internal import Crypto
import Glibc

/// How secrets are handed to jobs on this worker.
package struct SecretSettings: Sendable {
  /// Holds a folder of this worker while a job has secrets as files; a file system in memory.
  package var directory = "/dev/shm"
  /// Whether ``directory`` may be on a disk.
  package var allowsDisk = false
  /// What the worker was started with, for providers.
  package let variables = TakenVariables()
  private let owner: String

  /// - Parameter owner: A path that no other worker on this host has.
  package init(owner: String) { self.owner = owner }

  /// This worker's own, also after a restart.
  var folder: String {
    let path = realpath(owner, nil)
    defer { free(path) }
    let name = path.map { String(cString: $0) } ?? owner
    let digest = SHA256.hash(data: Array(name.utf8)).prefix(8)
      .map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    return "\(directory)/sallyport-\(geteuid())-\(digest)"
  }
}
