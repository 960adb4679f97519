import COpenSSL
import SallyportCore

/// Decides about the peer's certificate during one handshake.
///
/// Three steps, each of which can only refuse: OpenSSL verifies the chain up to a trust root, with
/// validity, purpose, critical extensions and the expected name; then the leaf must be one that
/// may sign handshakes and nothing else; then ``TLSConfiguration/verifyPeer`` names the peer.
final class HandshakeVerifier {
  private let role: TLSConfiguration.Role
  private let expectedName: ServerName?
  private let verifyPeer: PeerVerification?

  /// True once all steps have passed. The peer has then shown a certificate, and not yet that it
  /// holds the key: that comes with the end of the handshake (RFC 8446, section 4.4.3).
  private(set) var isAccepted = false
  private(set) var identity: PeerIdentity?
  /// Why the certificate was refused.
  private(set) var refusal: String?

  /// What was accepted, for sessions that resume this one.
  private(set) var verified: VerifiedChain?
  /// What ``isResumable(_:)`` has found last.
  private var resumable: (chain: VerifiedChain, identity: PeerIdentity?)?
  private let sessions: TLSSessionCache?
  private let now: @Sendable () -> Int64

  init(_ context: TLSContext, expectedName: ServerName?) {
    role = context.role
    self.expectedName = expectedName
    verifyPeer = context.verifyPeer
    sessions = context.sessions
    now = context.now
  }

  /// Has OpenSSL ask this object, which the caller keeps alive as long as `ssl`.
  func attach(to ssl: OpaquePointer) throws(TLSError) {
    let pointer = Unmanaged.passUnretained(self).toOpaque()
    guard SSL_set_ex_data(ssl, Self.slot, pointer) == 1 else {
      throw TLSError(code: .internalError, message: "cannot prepare certificate verification")
    }
  }

  /// To be called once per `SSL_CTX`.
  static func install(in context: OpaquePointer) {
    SSL_CTX_set_cert_verify_callback(context, verifyCertificate, nil)
  }

  /// Slot 0 of an `SSL` is the application's.
  private static let slot: Int32 = 0

  static func attached(to ssl: OpaquePointer) -> HandshakeVerifier? {
    SSL_get_ex_data(ssl, slot).map {
      Unmanaged<HandshakeVerifier>.fromOpaque($0).takeUnretainedValue()
    }
  }

  // MARK: Resumption

  /// Whether the peer of an earlier connection, with this chain, would be accepted now as well. All is
  /// looked at again that can have changed; the signatures cannot.
  func isResumable(_ chain: VerifiedChain) -> Bool {
    guard now() < chain.validUntil else { return false }
    do {
      resumable = (chain, try verifyPeer?(chain.der))
      return true
    } catch {
      return false
    }
  }

  /// Accepts the peer of a resumed session, which has shown that it holds the session's secret, and
  /// no certificate. Once the handshake is complete.
  func resume(_ chain: VerifiedChain) {
    guard resumable?.chain == chain || isResumable(chain) else {
      refusal = "\(possessive) session is refused: its certificate is not valid any more"
      return
    }
    identity = resumable?.identity
    verified = chain
    isAccepted = true
  }

  /// Server: its tickets have been made.
  func forgetChain() {
    verified = nil
    resumable = nil
  }

  /// Client: the server offers a session to resume.
  func offered(_ session: OpaquePointer) {
    guard let sessions, let expectedName, let verified,
      let session = TLSSession(copyOf: session, with: verified)
    else { return }
    sessions.keep(session, for: expectedName.text)
  }

  // MARK: Verification

  /// - Returns: False also where no verifier is attached: nothing is ever accepted by omission.
  fileprivate static func verify(_ store: OpaquePointer?) -> Bool {
    guard let store,
      let ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()),
      let verifier = attached(to: OpaquePointer(ssl))
    else { return false }
    return verifier.verify(store)
  }

  private func verify(_ store: OpaquePointer) -> Bool {
    guard X509_verify_cert(store) == 1 else {
      if X509_STORE_CTX_get_error(store) == X509_V_OK {
        X509_STORE_CTX_set_error(store, X509_V_ERR_UNSPECIFIED)
      }
      refusal = "\(possessive) certificate is refused: \(chainFault(store))"
      return false
    }
    guard let chain = PeerCertificates(verifiedIn: store) else {
      return refuse(store, because: "its chain cannot be read")
    }
    // What was read is all that is needed: the connection would keep the parsed certificates.
    X509_STORE_CTX_set0_verified_chain(store, nil)
    if let fault = chain.leafFault {
      return refuse(store, because: fault)
    }
    if let verifyPeer {
      do {
        identity = try verifyPeer(chain.der)
      } catch {
        return refuse(store, because: "\(error)")
      }
    }
    verified = VerifiedChain(der: chain.der, validUntil: chain.validUntil)
    isAccepted = true
    return true
  }

  /// Answers with a `bad_certificate` alert.
  private func refuse(_ store: OpaquePointer, because reason: String) -> Bool {
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED)
    refusal = "\(possessive) certificate is refused: \(reason)"
    return false
  }

  private var possessive: String { role == .client ? "the server's" : "the client's" }

  private func chainFault(_ store: OpaquePointer) -> String {
    let error = X509_STORE_CTX_get_error(store)
    let leafNames = X509_STORE_CTX_get0_cert(store).map(CertificateNames.init(of:))
    if let expectedName, let leafNames,
      error == X509_V_ERR_HOSTNAME_MISMATCH || error == X509_V_ERR_IP_ADDRESS_MISMATCH
    {
      return "it is for \(leafNames), expected '\(expectedName.text)'"
    }
    let depth = X509_STORE_CTX_get_error_depth(store)
    let text = String(cString: X509_verify_cert_error_string(Int(error)))
    return depth == 0 ? text : "\(text) (certificate \(depth + 1) of its chain)"
  }
}

private func verifyCertificate(_ store: OpaquePointer?, _: UnsafeMutableRawPointer?) -> Int32 {
  HandshakeVerifier.verify(store) ? 1 : 0
}
