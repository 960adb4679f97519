package import SallyportIdentity

/// Where things are in a state directory.
///
/// ```
/// lock                       held while the process runs
/// enrollment.json            what enrollment told us
/// identity/key.pem           outer: with certificate.pem, gateway-ca.pem
/// trust/key.pem              inner: with certificate.pem, root.pem
/// ```
package struct StateLayout: Sendable, Hashable {
  package let path: String

  package init(path: String) { self.path = path }

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

  var lockPath: String { "\(path)/lock" }
  var enrollmentPath: String { "\(path)/enrollment.json" }

  /// Makes the folders (0700) where there are none; the parent must exist.
  package func prepare() throws(IdentityError) {
    for directory in [path, "\(path)/identity", "\(path)/trust"] {
      try PrivateDirectory.prepare(directory)
    }
  }

  /// What enrollment wrote.
  ///
  /// - Throws: ``SessionError/Code/notEnrolled`` or ``SessionError/Code/state``.
  package func enrollment() throws(SessionError) -> EnrollmentRecord {
    do {
      return try EnrollmentRecord(json: DurableFile.read(enrollmentPath))
    } catch let error as IdentityError where error.code == .missingFile {
      throw SessionError(
        .notEnrolled, "\(path) holds no enrollment: run the 'enroll' command with a token first")
    } catch let error as IdentityError {
      throw SessionError(wrapping: error)
    } catch {
      throw SessionError(.state, "\(enrollmentPath) is damaged: enroll again", cause: error)
    }
  }

  func save(_ record: EnrollmentRecord) throws {
    try DurableFile.replace(enrollmentPath, contents: record.json(), mode: .ownerOnly)
  }
}
