import Glibc
import SallyportCore
import Synchronization

/// What the health endpoint asks.
extension Worker {
  /// No new jobs are taken.
  package var isDraining: Bool { state.withLock { $0.table.isDraining } }

  /// Whether the state directory takes a file: what the journal and the spools need. Writes one, so
  /// that a full disk is found as well as one that is read-only.
  package func canWriteState() async -> Bool {
    let path = "\(settings.stateDirectory)/.health"
    return await disk.perform {
      let descriptor = Glibc.open(
        path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
      guard descriptor >= 0 else { return false }
      defer {
        _ = Glibc.close(descriptor)
        unlink(path)
      }
      let page = [UInt8](repeating: 0, count: 4_096)
      return page.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        == page.count
        && fsync(descriptor) == 0
    }
  }
}
