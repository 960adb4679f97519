import NIOCore
import SallyportCore
import SallyportHTTP2
import SallyportIdentity
import SallyportTLS

/// Ends the sealed channel in the middle: is the VCS agent towards the worker and the worker
/// towards the VCS agent, with certificates of a trust root of its choice.
///
/// The agent comes first, and the worker is answered only when the agent has decided: the end of
/// the worker's job would otherwise take the agent's relay with it.
final class SealSwap: RelayAttack {
  let hidesResets = true
  private let evidence: HostileEvidence
  private let engines: [RelaySide: TLSEngine]
  /// Sent to the agent as soon as it can be.
  private let request: ByteBuffer?
  private var established: Set<RelaySide> = []
  private var failed: Set<RelaySide> = []
  /// For a side that is not established yet.
  private var plaintext: [RelaySide: ByteBuffer] = [:]
  /// From the worker; nil once it is answered.
  private var held: ByteBuffer? = ByteBuffer()

  /// - Parameters:
  ///   - root: Issues the certificates that are shown to both sides.
  ///   - customer: The customer's root, which is no secret, in DER.
  ///   - asks: Whether to ask the agent for a repository at once.
  init(
    root: TrustRoot, customer: [UInt8], asks: Bool, evidence: HostileEvidence
  ) throws {
    self.evidence = evidence
    engines = [
      .worker: try Self.context(
        .server, as: .agent(try InnerName("agent-1")), root: root, customer: customer
      ).makeEngine(serverName: nil),
      .agent: try Self.context(
        .client, as: .worker(try InnerName("worker-1")), root: root, customer: customer
      ).makeEngine(serverName: nil),
    ]
    request = asks ? try Self.request() : nil
  }

  private static func context(
    _ role: TLSConfiguration.Role, as identity: InnerIdentity, root: TrustRoot,
    customer: [UInt8]
  ) throws -> TLSContext {
    let key = SigningKey.generate()
    let issued = try root.issue(
      for: try CertificateRequest(verifying: try key.certificateRequest()), identity: identity)
    return try TLSContext(
      TLSConfiguration(
        role: role, certificateChain: issued.chain, privateKey: key.derRepresentation,
        trustRoots: [customer], peerCertificate: role == .server ? .none : .required,
        verifyPeer: role == .server
          ? nil : PeerVerifier.innerAgent(trustDomain: root.trustDomain)))
  }

  /// A client's first bytes on HTTP/2, with a request for what the job wants.
  private static func request() throws -> ByteBuffer {
    let http2 = try HTTP2Engine(role: .client, limits: TransportLimits(), now: { .now() })
    _ = try http2.openStream(
      [
        HeaderField(":method", "GET"), HeaderField(":scheme", "https"),
        HeaderField(":path", "/team/app.git/info/refs?service=git-upload-pack"),
        HeaderField(":authority", "git.sallyport"),
      ], endStream: true)
    var bytes = ByteBuffer()
    _ = try http2.produce(into: &bytes, limit: 1 << 20)
    return bytes
  }

  // MARK: RelayAttack

  func opened(_ relay: TappedRelay) { drive(.agent, relay) }

  func received(_ data: ByteBuffer, from side: RelaySide, _ relay: TappedRelay) {
    if side == .worker, held != nil {
      held?.writeImmutableBuffer(data)
    } else {
      engines[side]?.receive(data)
      drive(side, relay)
    }
  }

  func ended(_ side: RelaySide, _ relay: TappedRelay) {
    relay.end(side)
    if side == .agent { answerWorker(relay) }
  }

  private func answerWorker(_ relay: TappedRelay) {
    guard let bytes = held else { return }
    held = nil
    engines[.worker]?.receive(bytes)
    drive(.worker, relay)
  }

  // MARK: Engines

  private func drive(_ side: RelaySide, _ relay: TappedRelay) {
    guard let engine = engines[side], !failed.contains(side) else { return }
    do {
      if try engine.handshake() == .complete {
        if established.insert(side).inserted { try begin(side, relay) }
        try read(side, engine, relay)
      }
    } catch {
      failed.insert(side)
      evidence.record(error, of: side)
    }
    flush(side, relay)
  }

  private func begin(_ side: RelaySide, _ relay: TappedRelay) throws {
    evidence.acted()
    if let waiting = plaintext.removeValue(forKey: side) { try engines[side]?.write(waiting) }
    guard side == .agent else { return }
    if let request {
      try engines[side]?.write(request)
    } else {
      answerWorker(relay)
    }
  }

  private func read(_ side: RelaySide, _ engine: TLSEngine, _ relay: TappedRelay) throws {
    var bytes = ByteBuffer()
    defer {
      evidence.record(bytes, decryptedFrom: side)
      if request == nil { write(bytes, to: side.opposite, relay) }
    }
    while case .bytes = try engine.read(into: &bytes, limit: 1 << 20) {}
  }

  private func write(_ bytes: ByteBuffer, to side: RelaySide, _ relay: TappedRelay) {
    guard bytes.readableBytes > 0 else { return }
    guard established.contains(side) else {
      plaintext[side, default: ByteBuffer()].writeImmutableBuffer(bytes)
      return
    }
    do { try engines[side]?.write(bytes) } catch { evidence.record(error, of: side) }
    flush(side, relay)
  }

  private func flush(_ side: RelaySide, _ relay: TappedRelay) {
    if let bytes = engines[side]?.takeOutbound(), bytes.readableBytes > 0 {
      relay.send(bytes, to: side)
    }
  }
}
