import Glibc
package import SallyportIdentity

/// The folder where a worker or agent keeps who it is, held by one process at a time.
package final class StateDirectory: Sendable {
  package let layout: StateLayout
  private let lock: Int32

  private init(layout: StateLayout, lock: Int32) {
    self.layout = layout
    self.lock = lock
  }

  deinit {
    // Closing alone would leave the lock with a child that has been forked and not yet executed.
    flock(lock, LOCK_UN)
    close(lock)
  }

  /// Makes the folder where there is none, and takes its lock until the value goes away.
  ///
  /// - Throws: ``SessionError/Code/inUse`` or ``SessionError/Code/state``.
  package static func open(_ path: String) throws(SessionError) -> StateDirectory {
    let layout = StateLayout(path: path)
    do {
      try layout.prepare()
    } catch {
      throw SessionError(wrapping: error)
    }
    return StateDirectory(layout: layout, lock: try takeLock(layout.lockPath))
  }

  package var path: String { layout.path }
  /// The outer identity: the gateway issued it.
  package var identity: CredentialFiles { layout.identity }
  /// The inner identity: the customer's trust root issued it.
  package var trust: CredentialFiles { layout.trust }

  /// What enrollment wrote.
  ///
  /// - Throws: ``SessionError/Code/notEnrolled`` or ``SessionError/Code/state``.
  package func enrollment() throws(SessionError) -> EnrollmentRecord { try layout.enrollment() }

  /// A `flock` goes away with the process, however it ends, and cannot be left behind stale.
  private static func takeLock(_ path: String) throws(SessionError) -> Int32 {
    let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else {
      throw SessionError(.state, "cannot open \(path): \(String(cString: strerror(errno)))")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      close(descriptor)
      guard code == EWOULDBLOCK else {
        throw SessionError(.state, "cannot lock \(path): \(String(cString: strerror(code)))")
      }
      throw SessionError(
        .inUse, "another process uses this state directory (it holds \(path)): stop it first")
    }
    return descriptor
  }
}
