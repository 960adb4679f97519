package import NIOCore
package import SallyportCore

// API contract, to be implemented. Bodies are placeholders.

/// A compiled ``TLSConfiguration``: owns one `SSL_CTX`, shared by all engines made from it.
package final class TLSContext: Sendable {
  package init(_ configuration: TLSConfiguration) throws(TLSError) { fatalError("placeholder") }

  /// - Parameter serverName: Client only: sent as SNI and checked against the server certificate's
  ///   DNS or IP subject alternative names. Nil: neither (the sealed channel, whose peers are
  ///   known by SPIFFE ID alone).
  package func makeEngine(serverName: String?) throws(TLSError) -> TLSEngine { fatalError("placeholder") }
}

/// One TLS 1.3 connection without I/O: ciphertext in, plaintext out, and the other way round.
///
/// Confined to one event loop. After any throw the engine is dead, but ``takeOutbound()`` may still
/// hold an alert that should be sent.
package final class TLSEngine {
  init() {}
  package enum Handshake: Sendable, Hashable { case needsInput, complete }
  package enum Read: Sendable, Hashable {
    /// That many bytes were appended.
    case bytes(Int)
    case needsInput
    /// The peer sent close_notify: no more plaintext will come.
    case closed
  }

  /// Set once the handshake is complete, where a peer certificate was required.
  package var peer: PeerIdentity? { fatalError("placeholder") }
  package var negotiatedProtocol: String? { fatalError("placeholder") }

  /// Hands over bytes from the transport, to be read by the calls below.
  package func receive(_ ciphertext: ByteBuffer) { fatalError("placeholder") }
  /// The transport's input has ended. Reading then throws ``TLSError/Code/truncated`` unless the
  /// peer sent close_notify.
  package func receiveEnd() { fatalError("placeholder") }
  /// Goes as far with the handshake as the input allows. A client calls it once to begin.
  package func handshake() throws(TLSError) -> Handshake { fatalError("placeholder") }
  /// Decrypts what is there, at most `limit` bytes, into `output`.
  package func read(into output: inout ByteBuffer, limit: Int) throws(TLSError) -> Read { fatalError("placeholder") }
  /// Encrypts all readable bytes of `plaintext` into the outbound buffer. After ``Handshake/complete``.
  package func write(_ plaintext: ByteBuffer) throws(TLSError) { fatalError("placeholder") }
  /// Queues close_notify.
  package func close() { fatalError("placeholder") }
  /// Ciphertext to hand to the transport; nil when there is none.
  package func takeOutbound() -> ByteBuffer? { fatalError("placeholder") }
  package var outboundBytes: Int { fatalError("placeholder") }
}

package struct TLSError: Error, Sendable, CustomStringConvertible {
  package struct Code: Hashable, Sendable {
    private enum Value { case configuration, handshakeFailed, peerRefused, truncated, protocolViolation, internalError }
    private let value: Value
    /// A certificate, key or root cannot be used; the message says which.
    package static let configuration = Code(value: .configuration)
    package static let handshakeFailed = Code(value: .handshakeFailed)
    /// The peer's certificate was refused, by chain verification or by ``TLSConfiguration/verifyPeer``.
    package static let peerRefused = Code(value: .peerRefused)
    /// Input ended without close_notify.
    package static let truncated = Code(value: .truncated)
    package static let protocolViolation = Code(value: .protocolViolation)
    package static let internalError = Code(value: .internalError)
  }
  package let code: Code
  package let message: String
  package init(code: Code, message: String) { self.code = code; self.message = message }
  package var description: String { message }
}
