import BenchmarkSupport
import NIOCore
import SallyportCore
import SallyportIdentity
import SallyportTLS

/// Certificates of both sides, below one root.
struct TLSWorld {
  let client: TLSContext
  let server: TLSContext

  init() throws {
    let root = try TrustRoot.create(trustDomain: "bench.test")
    func configuration(
      _ role: TLSConfiguration.Role, _ identity: InnerIdentity
    ) throws -> TLSConfiguration {
      let key = SigningKey.generate()
      let request = try CertificateRequest(verifying: key.certificateRequest())
      let issued = try root.issue(for: request, identity: identity)
      // The chain is verified; which name it has is nothing to measure.
      let peer = PeerIdentity(
        spiffeID: issued.spiffeID, certificateFingerprint: "", serialNumber: "", notAfter: 0)
      return TLSConfiguration(
        role: role, certificateChain: issued.chain, privateKey: key.derRepresentation,
        trustRoots: [root.certificate], verifyPeer: { _ in peer })
    }
    client = try TLSContext(configuration(.client, .worker(InnerName("worker"))))
    server = try TLSContext(configuration(.server, .agent(InnerName("agent"))))
  }
}

/// Two engines with a wire between them, connected.
final class TLSPair {
  let client: TLSEngine
  let server: TLSEngine
  private var plaintext = ByteBuffer()

  init(_ world: TLSWorld) throws {
    client = try world.client.makeEngine(serverName: nil)
    server = try world.server.makeEngine(serverName: nil)
    var isComplete = false
    while !isComplete {
      let clientState = try client.handshake()
      if let flight = client.takeOutbound() { server.receive(flight) }
      let serverState = try server.handshake()
      if let flight = server.takeOutbound() { client.receive(flight) }
      isComplete = clientState == .complete && serverState == .complete
    }
  }

  /// Encrypts and gives what would be sent.
  func encrypt(_ data: ByteBuffer) throws -> ByteBuffer {
    try client.write(data)
    guard let records = client.takeOutbound() else { throw Failure("nothing was encrypted") }
    return records
  }

  func carry(_ data: ByteBuffer) throws {
    server.receive(try encrypt(data))
    plaintext.clear()
    while case .bytes = try server.read(into: &plaintext, limit: 256 * 1_024) {}
    guard plaintext.readableBytes == data.readableBytes else {
      throw Failure("\(plaintext.readableBytes) of \(data.readableBytes) bytes came")
    }
  }
}
