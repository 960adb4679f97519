import NIOCore
import SallyportCore
import SallyportTLS
import SallyportTestSupport
import Testing

@Suite struct HandshakeTests {
  @Test func bothSidesLearnWhoThePeerIs() throws {
    var pair = try TestWorld().pair()
    let outcome = pair.run()
    #expect(outcome.client == nil)
    #expect(outcome.server == nil)
    #expect(pair.client.negotiatedProtocol == "h2")
    #expect(pair.server.negotiatedProtocol == "h2")
    #expect(pair.client.peer?.spiffeID.uri == TestWorld.serverURI)
    #expect(pair.server.peer?.spiffeID.uri == TestWorld.clientURI)
    #expect(pair.client.cipherSuite == "TLS_AES_128_GCM_SHA256")
  }

  @Test func nothingIsKnownBeforeTheHandshakeIsComplete() throws {
    let pair = try TestWorld().pair()
    #expect(try pair.client.handshake() == .needsInput)
    if let hello = pair.client.takeOutbound() { pair.server.receive(hello) }
    #expect(try pair.server.handshake() == .needsInput)
    if let flight = pair.server.takeOutbound() { pair.client.receive(flight) }
    #expect(try pair.client.handshake() == .complete)
    // The client's certificate has arrived and been verified; its signature has not.
    if var flight = pair.client.takeOutbound(),
      let first = flight.readSlice(length: flight.readableBytes - 80)
    {
      pair.server.receive(first)
      #expect(try pair.server.handshake() == .needsInput)
      #expect(pair.server.peer == nil)
      #expect(pair.server.negotiatedProtocol == nil)
      pair.server.receive(flight)
    }
    #expect(try pair.server.handshake() == .complete)
    #expect(pair.server.peer != nil)
  }

  @Test func anIntermediateTravelsInTheChain() throws {
    let world = try TestWorld()
    let issuer = try world.pki.withIntermediate()
    let certificate = try issuer.issue(TestWorld.clientLeaf)
    #expect(certificate.chainDER.count == 2)
    var pair = try EnginePair(world.clientConfiguration(certificate), world.serverConfiguration())
    let outcome = pair.run()
    #expect(outcome.server == nil)
    // The verification saw leaf and intermediate, and not the root.
    #expect(pair.server.peer?.certificateFingerprint == "2 certificates")
  }

  @Test func chainsOfUnboundedLengthAreRefused() throws {
    let world = try TestWorld()
    var issuer = world.pki
    for _ in 0..<6 { issuer = try issuer.withIntermediate() }
    let certificate = try issuer.issue(TestWorld.clientLeaf)
    var pair = try EnginePair(world.clientConfiguration(certificate), world.serverConfiguration())
    let outcome = pair.run()
    #expect(outcome.server?.code == .peerRefused)
  }

  @Test func aClientWithoutCertificateEnrolls() throws {
    let world = try TestWorld()
    var server = world.serverConfiguration(verifyPeer: nil)
    server.peerCertificate = .none
    server.trustRoots = []
    var pair = try EnginePair(world.anonymousClient(), server, serverName: "gateway.test")
    let outcome = pair.run()
    #expect(outcome.client == nil)
    #expect(outcome.server == nil)
    #expect(pair.server.peer == nil)
    #expect(pair.client.peer == nil)
    #expect(pair.client.negotiatedProtocol == "h2")
  }

  @Test func theFirstCommonProtocolOfTheServerIsChosen() throws {
    let world = try TestWorld()
    var client = world.clientConfiguration()
    client.applicationProtocols = ["h2", "sallyport/2"]
    var server = world.serverConfiguration()
    server.applicationProtocols = ["sallyport/9", "sallyport/2", "h2"]
    var pair = try EnginePair(client, server)
    pair.run()
    #expect(pair.client.negotiatedProtocol == "sallyport/2")
    #expect(pair.server.negotiatedProtocol == "sallyport/2")
  }

  @Test(arguments: ["http/1.1", "grpc-exp", "h", "h22"])
  func noCommonProtocolEndsTheHandshake(offered: String) throws {
    let world = try TestWorld()
    var client = world.clientConfiguration()
    client.applicationProtocols = [offered]
    var pair = try EnginePair(client, world.serverConfiguration())
    let outcome = pair.run()
    #expect(outcome.server?.code == .handshakeFailed)
    #expect(outcome.server?.message == "the client offered no application protocol of: h2")
    #expect(outcome.client?.code == .handshakeFailed)
    #expect(outcome.client?.receivedAlert == .noApplicationProtocol)
  }

  @Test func nothingIsResumed() throws {
    // No session ticket follows the handshake: the server's last flight is silence.
    let pair = try TestWorld().connectedPair()
    #expect(pair.server.outboundBytes == 0)
    #expect(pair.clientInput.readableBytes == 0)
  }

  @Test func theLibraryNamesItself() {
    #expect(OpenSSLLibrary.version.hasPrefix("OpenSSL 3."))
  }
}
