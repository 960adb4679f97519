import FoundationEssentials
package import GRPCCore
import SallyportCore
package import SallyportIdentity
import SallyportProtos

/// Exchanges a token for an outer identity.
///
/// The key is made on this host and written first. Should anything fail after that, running it
/// again sends the same key, and the gateway, which binds a token to a key, answers with the same
/// certificate: a lost answer does not cost the token.
package struct Enrollment: Sendable {
  package var role: EnrollmentRole
  /// For people; not an identity. At most 255 bytes are sent.
  package var displayName: String
  /// How long the gateway may take to answer.
  package var timeout: Duration = .seconds(30)

  package init(role: EnrollmentRole, displayName: String) {
    self.role = role
    self.displayName = displayName
  }

  /// Enrolls over `client`, which talks to the enroll listener, and writes the state directory.
  ///
  /// - Throws: ``SessionError``: `alreadyEnrolled`, `refused` (whatever was wrong with the token),
  ///   `unavailable`, `badResponse` or `state`. All but the first leave the key for a retry.
  package func enroll(
    over client: GRPCClient<some ClientTransport>, token: EnrollmentToken,
    into state: StateDirectory
  ) async throws -> EnrollmentRecord {
    let layout = state.layout
    let key = try await BlockingQueue.stateFiles.run { try Self.prepareKey(layout) }
    let response = try await request(over: client, token: token, csr: key.certificateRequest())
    let record = try record(of: response)
    let credentials: Credentials
    do {
      credentials = try IssuanceCheck.verify(
        chain: response.certificateChainDer.map(Array.init),
        roots: response.gatewayCaDer.map(Array.init), key: key, role: role.outerRole,
        expected: record.spiffeID)
    } catch {
      throw SessionError(.badResponse, "the gateway issued an unusable certificate", cause: error)
    }
    // The record comes last: with it the directory counts as enrolled.
    try await BlockingQueue.stateFiles.run {
      do {
        try CertificateFile.replace(layout.identity.rootsPath, chain: credentials.roots)
        try CertificateFile.replace(layout.identity.certificatePath, chain: credentials.chain)
        try layout.save(record)
      } catch let error as IdentityError {
        throw SessionError(wrapping: error)
      }
    }
    return record
  }

  private static func prepareKey(_ state: StateLayout) throws -> SigningKey {
    do {
      let record = try state.enrollment()
      throw SessionError(
        .alreadyEnrolled,
        "\(state.path) is enrolled as \(record.spiffeID): use another directory, or remove this one"
      )
    } catch let error as SessionError where error.code == .notEnrolled {
      do {
        return try PrivateKeyFile.loadOrCreate(state.identity.keyPath)
      } catch {
        throw SessionError(wrapping: error)
      }
    }
  }

  private func request(
    over client: GRPCClient<some ClientTransport>, token: EnrollmentToken, csr: [UInt8]
  ) async throws -> Sallyport_Enroll_V1_EnrollResponse {
    var message = Sallyport_Enroll_V1_EnrollRequest()
    message.token = token.text.withValue { $0 }
    message.csrDer = Data(csr)
    message.role = role.message
    message.displayName = displayName
    while message.displayName.utf8.count > 255 { message.displayName.removeLast() }
    var options = CallOptions.defaults
    options.timeout = timeout
    do {
      return try await Sallyport_Enroll_V1_EnrollService.Client(wrapping: client)
        .enroll(message, options: options)
    } catch let error as RPCError {
      throw Self.explain(error)
    }
  }

  private func record(
    of response: Sallyport_Enroll_V1_EnrollResponse
  ) throws -> EnrollmentRecord {
    guard let externalID = ExternalID(response.externalID) else {
      throw SessionError(.badResponse, "the gateway sent an external ID of the wrong form")
    }
    do {
      return EnrollmentRecord(
        role: role, spiffeID: try SPIFFEID(parsing: response.spiffeID), externalID: externalID,
        enrolledAt: Date())
    } catch {
      throw SessionError(.badResponse, "the gateway sent no SPIFFE ID", cause: error)
    }
  }

  private static func explain(_ error: RPCError) -> SessionError {
    switch error.code {
    case .permissionDenied, .unauthenticated:
      SessionError(
        .refused,
        "the gateway refused the token: it may be used, expired or for another role; "
          + "make a new one with 'sallyport token create'")
    case .unavailable, .deadlineExceeded, .cancelled:
      SessionError(
        .unavailable, "the gateway did not answer: \(error.message); try again", cause: error.cause)
    default:
      SessionError(.refused, "the gateway refused to enroll this host: \(error.message)")
    }
  }
}
