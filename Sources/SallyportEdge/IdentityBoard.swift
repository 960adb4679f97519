package import FoundationEssentials
internal import SallyportCore
internal import SallyportIdentity
package import SallyportSession
package import SallyportTLS
internal import Synchronization

/// The newest certificates of this process, read from its state directory away from event loops
/// and handed to every new connection.
package final class IdentityBoard: Sendable {
  private struct Current {
    var outer: Credentials
    /// Nil where there is none; an error where there is one that cannot be used. Neither keeps
    /// this process from the gateway.
    var inner: Result<Credentials, any Error>?
  }

  private let state: StateDirectory
  private let role: EnrollmentRole
  private let gatewayTrustDomain: String
  private let current: Mutex<Current>

  /// - Throws: `SessionError` where the outer identity is missing, cannot be used or has expired.
  package init(
    state: StateDirectory, role: EnrollmentRole, gatewayTrustDomain: String
  ) async throws {
    self.state = state
    self.role = role
    self.gatewayTrustDomain = gatewayTrustDomain
    current = Mutex(try await Self.load(state))
  }

  /// Reads the files again.
  package func refresh() async throws {
    let newest = try await Self.load(state)
    current.withLock { $0 = newest }
  }

  private static func load(_ state: StateDirectory) async throws -> Current {
    let outer = try await state.outerCredentials()
    do {
      return Current(outer: outer, inner: try await state.innerCredentials().map { .success($0) })
    } catch {
      return Current(outer: outer, inner: .failure(error))
    }
  }

  /// Whether there is a certificate of the customer's trust root; ``innerTLS()`` says whether it
  /// can be used.
  package var hasInnerIdentity: Bool { current.withLock { $0.inner != nil } }

  /// Whether sealed channels can be made, as far as files tell.
  var hasUsableInnerIdentity: Bool {
    guard case .success? = current.withLock({ $0.inner }) else { return false }
    return true
  }

  /// What is wrong with the inner identity, or soon will be: its files cannot be used, or less than a
  /// fifth of its life is left, and nobody but the customer can issue another. Nil where there is
  /// nothing to say, and where there is none.
  package func innerWarning(now: Date = Date()) -> String? {
    switch current.withLock({ $0.inner }) {
    case nil: return nil
    case .failure(let error): return "\(error)"
    case .success(let credentials):
      let (start, end) = (credentials.leaf.notBefore, credentials.leaf.notAfter)
      let left = end.timeIntervalSince(now)
      guard left < end.timeIntervalSince(start) / 5 else { return nil }
      guard left > 0 else { return "it expired at \(end)" }
      return "it expires at \(end), in \(Int(left / 3_600)) hours"
    }
  }

  /// For connections to the gateway.
  package func outerTLS() -> TLSConfiguration {
    let credentials = current.withLock { $0.outer }
    return TLSConfiguration(
      role: .client, certificateChain: credentials.chain, privateKey: credentials.privateKey,
      trustRoots: credentials.roots,
      verifyPeer: PeerVerifier.gatewayServer(trustDomain: gatewayTrustDomain),
      resumesSessions: true)
  }

  /// For sealed channels: a worker is the client there, a VCS agent the server.
  ///
  /// - Throws: `SessionError` where there is no inner identity, or none that can be used.
  package func innerTLS() throws -> TLSConfiguration {
    guard let credentials = try current.withLock({ $0.inner })?.get(),
      let trustDomain = credentials.leaf.spiffeID?.trustDomain
    else {
      throw SessionError.noInnerIdentity(stateDirectory: state.path)
    }
    return TLSConfiguration(
      role: role == .worker ? .client : .server, certificateChain: credentials.chain,
      privateKey: credentials.privateKey, trustRoots: credentials.roots,
      verifyPeer: role == .worker
        ? PeerVerifier.innerAgent(trustDomain: trustDomain)
        : PeerVerifier.innerWorker(trustDomain: trustDomain))
  }
}
