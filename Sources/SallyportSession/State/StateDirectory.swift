import FoundationEssentials
import Glibc
package import SallyportIdentity

/// The folder where a worker or agent keeps who it is, held by one process at a time.
///
/// ```
/// lock                       held while the process runs
/// enrollment.json            what enrollment told us
/// identity/key.pem           outer: certificate.pem, gateway-ca.pem
/// trust/key.pem              inner: certificate.pem, root.pem
/// ```
package final class StateDirectory: Sendable {
  package let path: String
  private let lock: Int32

  private init(path: String, lock: Int32) {
    self.path = path
    self.lock = lock
  }

  deinit { close(lock) }

  /// Makes the folder where there is none, and takes its lock until the value goes away.
  ///
  /// - Throws: ``SessionError/Code/inUse`` or ``SessionError/Code/state``.
  package static func open(_ path: String) throws(SessionError) -> StateDirectory {
    do {
      for directory in [path, "\(path)/identity", "\(path)/trust"] {
        try PrivateDirectory.prepare(directory)
      }
    } catch {
      throw SessionError(wrapping: error)
    }
    return StateDirectory(path: path, lock: try takeLock("\(path)/lock"))
  }

  /// The outer identity: the gateway issued it.
  package var identity: CredentialFiles {
    CredentialFiles(directory: "\(path)/identity", rootsName: "gateway-ca.pem")
  }

  /// The inner identity: the customer's trust root issued it.
  package var trust: CredentialFiles {
    CredentialFiles(directory: "\(path)/trust", rootsName: "root.pem")
  }

  /// Whether an inner certificate has been put here, so that sealed channels are possible.
  package var hasInnerIdentity: Bool { DurableFile.exists(trust.certificatePath) }

  /// What enrollment wrote.
  ///
  /// - Throws: ``SessionError/Code/notEnrolled`` or ``SessionError/Code/state``.
  package func enrollment() throws(SessionError) -> EnrollmentRecord {
    let file = enrollmentPath
    do {
      return try EnrollmentRecord(json: DurableFile.read(file))
    } catch let error as IdentityError where error.code == .missingFile {
      throw SessionError(
        .notEnrolled, "\(path) holds no enrollment: run the 'enroll' command with a token first")
    } catch let error as IdentityError {
      throw SessionError(wrapping: error)
    } catch {
      throw SessionError(.state, "\(file) is damaged: enroll again", cause: error)
    }
  }

  func save(_ record: EnrollmentRecord) throws {
    try DurableFile.replace(enrollmentPath, contents: record.json(), mode: .ownerOnly)
  }

  var enrollmentPath: String { "\(path)/enrollment.json" }

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
