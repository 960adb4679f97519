package import FoundationEssentials
internal import SallyportCore
package import SallyportIdentity

extension StateDirectory {
  /// Loads the newest outer identity, for each dial anew. Does not block the calling thread.
  ///
  /// - Throws: ``SessionError/Code/expired``, ``SessionError/Code/notEnrolled`` or
  ///   ``SessionError/Code/state``.
  package func outerCredentials(now: Date = Date()) async throws -> Credentials {
    try await credentials(identity, now: now, missing: .notEnrolled)
  }

  /// Loads the inner identity; nil where there is none.
  ///
  /// - Throws: ``SessionError/Code/expired`` or ``SessionError/Code/state``.
  package func innerCredentials(now: Date = Date()) async throws -> Credentials? {
    let layout = layout
    let isPresent = try await BlockingQueue.stateFiles.run { layout.hasInnerIdentity }
    return isPresent ? try await credentials(trust, now: now, missing: .state) : nil
  }

  private func credentials(
    _ files: CredentialFiles, now: Date, missing: SessionError.Code
  ) async throws -> Credentials {
    try await BlockingQueue.stateFiles.run {
      do {
        let credentials = try files.load()
        try credentials.requireValid(at: now)
        return credentials
      } catch let error as IdentityError {
        let code: SessionError.Code =
          switch error.code {
          case .expired: .expired
          case .missingFile: missing
          default: .state
          }
        throw SessionError(code, wrapping: error)
      }
    }
  }
}
