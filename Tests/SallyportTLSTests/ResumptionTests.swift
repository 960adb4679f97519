import COpenSSL
import Glibc
import NIOCore
import SallyportCore
import SallyportTestSupport
import Synchronization
import Testing

@testable import SallyportTLS

@Suite struct ResumptionTests {
  /// Two contexts that connect again and again, a clock, and who is let in.
  private struct Peers {
    static let serverName = "gateway.test"

    let client: TLSContext
    let server: TLSContext

    func connect(delivery: EnginePair.Delivery = .whole) throws -> (EnginePair, EnginePair.Outcome)
    {
      var pair = EnginePair(
        client: try client.makeEngine(serverName: Self.serverName),
        server: try server.makeEngine(serverName: nil), delivery: delivery)
      let outcome = pair.run()
      return (pair, outcome)
    }
  }

  private final class Clock: Sendable {
    private let offset = Mutex<Int64>(0)
    func advance(seconds: Int64) { offset.withLock { $0 += seconds } }
    @Sendable func now() -> Int64 { Int64(time(nil)) + offset.withLock { $0 } }
  }

  private struct NotLetIn: Error {}

  private let world: TestWorld
  private let clock = Clock()

  init() throws { world = try TestWorld() }

  private func peers(
    client: TLSConfiguration? = nil, server: TLSConfiguration? = nil
  ) throws -> Peers {
    var client = client ?? world.clientConfiguration()
    var server = server ?? world.serverConfiguration()
    client.resumesSessions = true
    server.resumesSessions = true
    return Peers(
      client: try TLSContext(client, now: clock.now),
      server: try TLSContext(server, now: clock.now))
  }

  @Test(arguments: [false, true]) func aPeerIsKnownAgain(byteByByte: Bool) throws {
    let peers = try peers()
    var identities: Set<PeerIdentity> = []
    for isResumed in [false, true, true] {
      let (pair, outcome) = try peers.connect(delivery: byteByByte ? .byteByByte : .whole)
      #expect(outcome.client == nil)
      #expect(outcome.server == nil)
      #expect(pair.client.isResumed == isResumed)
      #expect(pair.server.isResumed == isResumed)
      #expect(pair.client.negotiatedProtocol == "h2")
      #expect(pair.client.peer?.spiffeID.uri == TestWorld.serverURI)
      if let peer = pair.server.peer { identities.insert(peer) }
    }
    #expect(identities.map(\.spiffeID.uri) == [TestWorld.clientURI])
  }

  /// OpenSSL would put it there a second time, and parse it each time.
  @Test func theCertificateIsInATicketOnce() throws {
    let chain = try world.pki.issue(TestWorld.clientLeaf)
    let peers = try peers(client: world.clientConfiguration(chain))
    let certificate = chain.chainDER.joined().count
    for isResumed in [false, true] {
      let (pair, _) = try peers.connect()
      #expect(pair.server.isResumed == isResumed)
      let session = try #require(peers.client.sessions?.take(for: Peers.serverName))
      var ticket: UnsafePointer<UInt8>?
      var length = 0
      SSL_SESSION_get0_ticket(session.pointer, &ticket, &length)
      #expect(certificate < length)
      #expect(length < 2 * certificate)
      peers.client.sessions?.keep(session, for: Peers.serverName)
    }
  }

  /// With all of the chain: what the verification saw at first, it sees again.
  @Test func theVerificationSeesTheSameChainAgain() throws {
    let certificate = try world.pki.withIntermediate().issue(TestWorld.clientLeaf)
    let chains = Mutex<[[[UInt8]]]>([])
    let peers = try peers(
      client: world.clientConfiguration(certificate),
      server: world.serverConfiguration { chain in
        chains.withLock { $0.append(chain) }
        return try accept(TestWorld.clientURI)(chain)
      })
    _ = try peers.connect()
    let (second, _) = try peers.connect()
    #expect(second.server.isResumed)
    #expect(second.server.peer?.certificateFingerprint == "2 certificates")
    #expect(chains.withLock { $0 } == [certificate.chainDER, certificate.chainDER])
  }

  @Test func dataFlowsBothWays() throws {
    let peers = try peers()
    _ = try peers.connect()
    var (pair, _) = try peers.connect()
    try pair.client.write(ByteBuffer(string: "question"))
    try pair.server.write(ByteBuffer(string: "answer"))
    pair.run()
    #expect(pair.client.isResumed)
    #expect(String(buffer: pair.serverInput) == "question")
    #expect(String(buffer: pair.clientInput) == "answer")
  }

  /// A connection that is cut is the one after which resuming counts.
  @Test func aConnectionThatEndsWithoutACloseIsResumed() throws {
    let peers = try peers()
    do { _ = try peers.connect() }
    let (pair, _) = try peers.connect()
    #expect(pair.client.isResumed)
  }

  @Test func aSessionIsUsedOnce() throws {
    let peers = try peers()
    _ = try peers.connect()
    let first = try peers.client.makeEngine(serverName: Peers.serverName)
    _ = try first.handshake()
    // The second connection begins before the first has a new session.
    let (second, _) = try peers.connect()
    #expect(second.client.isResumed == false)
  }

  /// After a change of the client's certificate, or of what it trusts, there is a new context.
  @Test func anotherContextResumesNothing() throws {
    let before = try peers()
    _ = try before.connect()
    let after = try peers()
    let otherClient = Peers(client: after.client, server: before.server)
    let otherServer = Peers(client: before.client, server: after.server)
    for peers in [otherClient, otherServer] {
      let (pair, outcome) = try peers.connect()
      #expect(outcome.client == nil)
      #expect(outcome.server == nil)
      #expect(pair.client.isResumed == false)
      #expect(pair.server.peer?.spiffeID.uri == TestWorld.clientURI)
    }
  }

  @Test func aServerOfAnotherNameResumesNothing() throws {
    var leaf = TestWorld.serverLeaf
    leaf.dnsNames.append("other.test")
    let peers = try peers(server: world.serverConfiguration(try world.pki.issue(leaf)))
    _ = try peers.connect()
    var other = EnginePair(
      client: try peers.client.makeEngine(serverName: "other.test"),
      server: try peers.server.makeEngine(serverName: nil))
    #expect(other.run().client == nil)
    #expect(other.client.isResumed == false)
  }

  /// The certificates of both are valid for a day.
  @Test func anExpiredPeerShowsACertificateAgain() throws {
    let peers = try peers()
    _ = try peers.connect()
    clock.advance(seconds: 86_400 + 60)
    let (pair, _) = try peers.connect()
    #expect(pair.client.isResumed == false)
    #expect(pair.server.isResumed == false)
  }

  /// The client, whose clock is not moved, offers its session; the server does without.
  @Test func theServerJudgesByItsOwnClock() throws {
    let ahead = Clock()
    var client = world.clientConfiguration()
    var server = world.serverConfiguration()
    client.resumesSessions = true
    server.resumesSessions = true
    let peers = Peers(
      client: try TLSContext(client, now: clock.now),
      server: try TLSContext(server, now: ahead.now))
    _ = try peers.connect()
    ahead.advance(seconds: 86_400 + 60)
    let (pair, outcome) = try peers.connect()
    // OpenSSL's own clock takes the certificate still.
    #expect(outcome.server == nil)
    #expect(pair.server.isResumed == false)
  }

  @Test func aClientThatIsNotLetInAnyMoreIsTold() throws {
    let isOpen = Mutex(true)
    let peers = try peers(
      server: world.serverConfiguration { chain in
        guard isOpen.withLock({ $0 }) else { throw NotLetIn() }
        return try accept(TestWorld.clientURI)(chain)
      })
    _ = try peers.connect()
    isOpen.withLock { $0 = false }
    let (pair, outcome) = try peers.connect()
    #expect(outcome.server?.code == .peerRefused)
    #expect(outcome.client != nil)
    #expect(pair.server.peer == nil)
  }

  @Test func aServerThatIsNotAcceptedAnyMoreIsRefused() throws {
    let isOpen = Mutex(true)
    let peers = try peers(
      client: world.clientConfiguration { chain in
        guard isOpen.withLock({ $0 }) else { throw NotLetIn() }
        return try accept(TestWorld.serverURI)(chain)
      })
    _ = try peers.connect()
    isOpen.withLock { $0 = false }
    let (pair, outcome) = try peers.connect()
    #expect(outcome.client?.code == .peerRefused)
    #expect(pair.client.peer == nil)
  }

  @Test func aChainTooLongForATicketIsShownAgain() throws {
    var leaf = TestWorld.clientLeaf
    leaf.dnsNames = (0..<400).map { "a-name-that-takes-room-\($0).test" }
    let peers = try peers(client: world.clientConfiguration(try world.pki.issue(leaf)))
    for _ in 0..<2 {
      let (pair, outcome) = try peers.connect()
      #expect(outcome.client == nil)
      #expect(outcome.server == nil)
      #expect(pair.server.isResumed == false)
      #expect(pair.server.peer != nil)
    }
  }

  @Test func withoutItNothingIsOffered() throws {
    var client = world.clientConfiguration()
    client.resumesSessions = true
    let peers = Peers(
      client: try TLSContext(client), server: try TLSContext(world.serverConfiguration()))
    for _ in 0..<2 {
      let (pair, _) = try peers.connect()
      #expect(pair.client.isResumed == false)
    }
  }

  @Test func aSessionNeedsACertificateToBeBoundTo() {
    var server = world.serverConfiguration(verifyPeer: nil)
    server.peerCertificate = .none
    server.trustRoots = []
    server.resumesSessions = true
    let error = #expect(throws: TLSError.self) { try TLSContext(server) }
    #expect(error?.code == .configuration)
  }
}
