import SallyportCore
import SallyportTLS
import SallyportTestSupport
import Testing

@Suite struct ConfigurationTests {
  private func refusal(_ configuration: TLSConfiguration) -> String? {
    let error = #expect(throws: TLSError.self) { try TLSContext(configuration) }
    #expect(error?.code == .configuration)
    return error?.message
  }

  @Test func aKeyOfAnotherCertificate() throws {
    let world = try TestWorld()
    var configuration = world.serverConfiguration()
    configuration.privateKey = world.client.privateKey
    #expect(refusal(configuration) == "the private key does not belong to the certificate")
  }

  @Test func certificateAndKeyBelongTogether() throws {
    let world = try TestWorld()
    var configuration = world.clientConfiguration()
    configuration.privateKey = nil
    #expect(refusal(configuration)?.contains("together") == true)
    configuration = world.clientConfiguration()
    configuration.certificateChain = []
    #expect(refusal(configuration)?.contains("together") == true)
  }

  @Test func aServerNeedsACertificate() throws {
    let world = try TestWorld()
    var configuration = world.serverConfiguration()
    configuration.certificateChain = []
    configuration.privateKey = nil
    #expect(refusal(configuration)?.contains("a server needs a certificate") == true)
  }

  @Test func somebodyMustBeTrusted() throws {
    let world = try TestWorld()
    for var configuration in [world.clientConfiguration(), world.serverConfiguration()] {
      configuration.trustRoots = []
      #expect(refusal(configuration)?.contains("no trust root") == true)
    }
  }

  @Test func somethingMustNameThePeer() throws {
    let world = try TestWorld()
    #expect(refusal(world.serverConfiguration(verifyPeer: nil))?.contains("verification") == true)
    let client = try TLSContext(world.clientConfiguration(verifyPeer: nil))
    #expect(throws: TLSError.self) { try client.makeEngine(serverName: nil) }
    #expect(throws: Never.self) { try client.makeEngine(serverName: "gateway.test") }
  }

  @Test func aClientAlwaysVerifies() throws {
    var configuration = try TestWorld().clientConfiguration()
    configuration.peerCertificate = .none
    #expect(refusal(configuration) == "a client always verifies its server's certificate")
  }

  @Test func aServerExpectsNoServerName() throws {
    let context = try TLSContext(TestWorld().serverConfiguration())
    let error = #expect(throws: TLSError.self) { try context.makeEngine(serverName: "a.test") }
    #expect(error?.code == .configuration)
  }

  @Test func whatIsNoCertificateIsNamed() throws {
    let world = try TestWorld()
    let good = world.server.chainDER[0]
    for bad in [
      [], [0x30], Array(good.dropLast()), good + [0], [UInt8](repeating: 0xff, count: 99),
    ] {
      var configuration = world.serverConfiguration()
      configuration.certificateChain = [bad]
      #expect(refusal(configuration)?.hasPrefix("the certificate is not one DER") == true)
      configuration.certificateChain = [good, bad]
      #expect(refusal(configuration)?.hasPrefix("certificate 2 of the chain") == true)
      configuration = world.serverConfiguration()
      configuration.trustRoots.append(bad)
      #expect(refusal(configuration)?.hasPrefix("trust root 2 is not one DER") == true)
    }
  }

  @Test func whatIsNoKeyIsNotRepeated() throws {
    let world = try TestWorld()
    for bad in [[], [0x30, 0x00], Array("-----BEGIN PRIVATE KEY-----".utf8)] as [[UInt8]] {
      var configuration = world.serverConfiguration()
      configuration.privateKey = Secret(bad)
      #expect(
        refusal(configuration) == "the private key is not unencrypted PKCS #8 or SEC 1 DER")
    }
  }

  @Test func aRootIsASelfSignedAuthority() throws {
    let world = try TestWorld()
    let selfSigned = try TestPKI.selfSigned(TestWorld.serverLeaf)
    let intermediate = try world.pki.withIntermediate().issue(TestWorld.serverLeaf).chainDER[1]
    for bad in [world.server.chainDER[0], selfSigned.chainDER[0], intermediate] {
      var configuration = world.serverConfiguration()
      configuration.trustRoots = [bad]
      #expect(refusal(configuration) == "trust root 1 is not a self-signed authority's certificate")
    }
  }

  @Test func applicationProtocolsHaveNames() throws {
    let world = try TestWorld()
    for bad in [[], [""], ["h2", String(repeating: "x", count: 256)]] {
      var configuration = world.serverConfiguration()
      configuration.applicationProtocols = bad
      #expect(refusal(configuration)?.contains("application protocol") == true)
    }
  }

  @Test func aContextOutlivesItsOwnerInItsEngines() throws {
    let world = try TestWorld()
    var pair = EnginePair(
      client: try TLSContext(world.clientConfiguration()).makeEngine(serverName: nil),
      server: try TLSContext(world.serverConfiguration()).makeEngine(serverName: nil))
    let outcome = pair.run()
    #expect(outcome.client == nil)
    #expect(outcome.server == nil)
  }
}
