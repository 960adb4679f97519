import SallyportTLS
import SallyportTestSupport
import Testing

@Suite struct ServerNameTests {
  private func connect(
    to name: String?, _ shape: TestLeaf, commonName: String = "test leaf"
  ) throws -> EnginePair.Outcome {
    let world = try TestWorld()
    var shape = shape
    shape.commonName = commonName
    var pair = try EnginePair(
      world.clientConfiguration(), world.serverConfiguration(world.pki.issue(shape)),
      serverName: name)
    return pair.run()
  }

  @Test(arguments: ["gateway.test", "GATEWAY.test", "127.0.0.1", "::1"])
  func aNameOfTheCertificateIsAccepted(name: String) throws {
    let outcome = try connect(
      to: name,
      TestLeaf(
        dnsNames: ["other.test", "gateway.test"],
        ipAddresses: [[127, 0, 0, 1], [UInt8](repeating: 0, count: 15) + [1]]))
    #expect(outcome.client == nil)
    #expect(outcome.server == nil)
  }

  @Test func anotherNameIsRefused() throws {
    let outcome = try connect(to: "gateway.test", TestLeaf(dnsNames: ["a.test", "b.test"]))
    #expect(outcome.client?.code == .peerRefused)
    #expect(
      outcome.client?.message
        == "the server's certificate is refused: it is for 'a.test', 'b.test', expected 'gateway.test'"
    )
    #expect(outcome.server?.receivedAlert?.concernsCertificate == true)
  }

  @Test func anotherAddressIsRefused() throws {
    let outcome = try connect(to: "127.0.0.1", TestLeaf(ipAddresses: [[10, 0, 0, 1]]))
    #expect(
      outcome.client?.message
        == "the server's certificate is refused: it is for '10.0.0.1', expected '127.0.0.1'")
  }

  @Test func anAddressDoesNotStandForAName() throws {
    let byAddress = try connect(to: "gateway.test", TestLeaf(ipAddresses: [[127, 0, 0, 1]]))
    #expect(byAddress.client?.code == .peerRefused)
    let byText = try connect(to: "127.0.0.1", TestLeaf(dnsNames: ["127.0.0.1"]))
    #expect(byText.client?.code == .peerRefused)
  }

  @Test(arguments: ["*.test", "gate*.test", "*"])
  func aWildcardMatchesNothing(pattern: String) throws {
    let outcome = try connect(to: "gateway.test", TestLeaf(dnsNames: [pattern]))
    #expect(outcome.client?.code == .peerRefused)
  }

  @Test func theCommonNameIsNoName() throws {
    let outcome = try connect(
      to: "gateway.test", TestLeaf(uris: [TestWorld.serverURI]), commonName: "gateway.test")
    #expect(outcome.client?.code == .peerRefused)
    #expect(outcome.client?.message.contains("no DNS name or IP address") == true)
  }

  @Test func namesInAMessageAreFewAndPrintable() throws {
    let hostile = String(repeating: "a", count: 300)
    let outcome = try connect(
      to: "gateway.test", TestLeaf(dnsNames: [hostile, "\u{1b}[2Jx", "c.test", "d.test", "e.test"]))
    let message = try #require(outcome.client?.message)
    #expect(message.utf8.allSatisfy { (0x20...0x7e).contains($0) })
    #expect(message.utf8.count < 400)
    #expect(message.contains(" and others"))
  }

  @Test func withoutANameTheVerificationDecides() throws {
    #expect(try connect(to: nil, TestLeaf(uris: [TestWorld.serverURI])).client == nil)
  }

  @Test(arguments: [
    "", ".", "gateway..test", "gateway.test.", "*.test", "a b", "gateway.test\0.evil", "gäteway",
    "300.1.1.1:443", "https://gateway.test", String(repeating: "a", count: 64),
    String(repeating: "a.", count: 130),
  ])
  func whatIsNoNameIsAConfigurationError(name: String) throws {
    let context = try TLSContext(TestWorld().clientConfiguration())
    let error = #expect(throws: TLSError.self) { try context.makeEngine(serverName: name) }
    #expect(error?.code == .configuration)
  }
}
