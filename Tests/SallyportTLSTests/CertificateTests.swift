import SallyportCore
import SallyportTLS
import SallyportTestSupport
import Testing

/// Certificates that must not connect, shown by either side.
@Suite struct CertificateTests {
  struct Row: CustomTestStringConvertible, Sendable {
    let testDescription: String
    /// Part of what the refusing side says.
    let fault: String
    let alert: TLSAlert
    let make: @Sendable (TestWorld, TestLeaf) throws -> TestCertificate

    init(
      _ name: String, _ fault: String, _ alert: TLSAlert,
      _ make: @escaping @Sendable (TestWorld, TestLeaf) throws -> TestCertificate
    ) {
      self.testDescription = name
      self.fault = fault
      self.alert = alert
      self.make = make
    }

    init(
      _ name: String, _ fault: String, _ alert: TLSAlert,
      bend: @escaping @Sendable (TestLeaf) -> TestLeaf
    ) {
      self.init(name, fault, alert) { world, leaf in try world.pki.issue(bend(leaf)) }
    }
  }

  static let rows: [Row] = [
    Row("expired", "expired", .certificateExpired) { $0.expired() },
    Row("expired a second ago", "expired", .certificateExpired) { $0.validity(from: -60, to: -1) },
    Row("not yet valid", "not yet valid", .badCertificate) { $0.notYetValid() },
    Row("authority", "certificate authority's", .badCertificate) { $0.certificateAuthority() },
    Row("may sign certificates", "keyCertSign", .badCertificate) { $0.withKeyCertSign() },
    Row("may not sign handshakes", "digitalSignature", .badCertificate) {
      $0.withoutDigitalSignature()
    },
    Row("no key usage", "no key usage", .badCertificate) { $0.withoutKeyUsage() },
    Row("unknown critical extension", "unhandled critical extension", .certificateUnknown) {
      $0.withUnknownCriticalExtension()
    },
    Row("foreign authority", "unable to get local issuer", .unknownCA) { _, leaf in
      try TestPKI().issue(leaf)
    },
    Row("foreign authority of the same name", "unable to get local issuer", .unknownCA) { _, leaf in
      try TestPKI(name: "test root").issue(leaf)
    },
    Row("self-signed", "self-signed", .unknownCA) { _, leaf in try TestPKI.selfSigned(leaf) },
  ]

  @Test(arguments: rows)
  func aClientIsRefused(row: Row) throws {
    let world = try TestWorld()
    let bad = try row.make(world, TestWorld.clientLeaf)
    var pair = try EnginePair(world.clientConfiguration(bad), world.serverConfiguration())
    let outcome = pair.run()
    let refusal = try #require(outcome.server)
    #expect(refusal.code == .peerRefused)
    #expect(refusal.message.hasPrefix("the client's certificate is refused: "))
    #expect(refusal.message.contains(row.fault))
    #expect(pair.server.peer == nil)

    // In TLS 1.3 the client's handshake was complete by then: it learns on its first read.
    let news = try #require(outcome.client)
    #expect(news.code == .handshakeFailed)
    #expect(news.receivedAlert == row.alert)
    #expect(news.message == "the server refused our certificate (alert: \(row.alert))")
  }

  @Test(arguments: rows)
  func aServerIsRefused(row: Row) throws {
    let world = try TestWorld()
    let bad = try row.make(world, TestWorld.serverLeaf)
    var pair = try EnginePair(world.clientConfiguration(), world.serverConfiguration(bad))
    let outcome = pair.run()
    #expect(outcome.client?.code == .peerRefused)
    #expect(outcome.client?.message.contains(row.fault) == true)
    #expect(outcome.server?.code == .handshakeFailed)
    #expect(outcome.server?.receivedAlert == row.alert)
    #expect(pair.client.peer == nil)
    #expect(pair.server.peer == nil)
  }

  @Test func usageForTheOtherRoleIsRefused() throws {
    let world = try TestWorld()
    let client = try world.pki.issue(TestWorld.clientLeaf.serverAuthOnly())
    var pair = try EnginePair(world.clientConfiguration(client), world.serverConfiguration())
    var outcome = pair.run()
    #expect(outcome.server?.code == .peerRefused)
    #expect(outcome.client?.receivedAlert == .unsupportedCertificate)

    let server = try world.pki.issue(TestWorld.serverLeaf.clientAuthOnly())
    pair = try EnginePair(world.clientConfiguration(), world.serverConfiguration(server))
    outcome = pair.run()
    #expect(outcome.client?.code == .peerRefused)
    #expect(outcome.server?.receivedAlert == .unsupportedCertificate)
  }

  @Test func usageForTheOwnRoleIsEnough() throws {
    let world = try TestWorld()
    let client = try world.pki.issue(TestWorld.clientLeaf.clientAuthOnly())
    let server = try world.pki.issue(TestWorld.serverLeaf.serverAuthOnly())
    var pair = try EnginePair(world.clientConfiguration(client), world.serverConfiguration(server))
    let outcome = pair.run()
    #expect(outcome.client == nil)
    #expect(outcome.server == nil)
  }

  @Test func noCertificateIsRefused() throws {
    let world = try TestWorld()
    var pair = try EnginePair(
      world.anonymousClient(), world.serverConfiguration(), serverName: "gateway.test")
    let outcome = pair.run()
    #expect(outcome.server?.code == .peerRefused)
    #expect(outcome.server?.message == "the client presented no certificate")
    #expect(outcome.client?.code == .handshakeFailed)
    #expect(outcome.client?.receivedAlert == .certificateRequired)
  }

  struct Refusal: Error, CustomStringConvertible { let description: String }

  @Test(arguments: ["two URI names", "no URI name", "trust domain 'other.example'"])
  func theVerificationHasTheLastWord(reason: String) throws {
    let world = try TestWorld()
    var pair = try EnginePair(
      world.clientConfiguration(),
      world.serverConfiguration { _ in throw Refusal(description: reason) })
    var outcome = pair.run()
    #expect(outcome.server?.code == .peerRefused)
    #expect(outcome.server?.message == "the client's certificate is refused: \(reason)")
    #expect(outcome.client?.receivedAlert == .badCertificate)
    #expect(pair.server.peer == nil)

    pair = try EnginePair(
      world.clientConfiguration { _ in throw Refusal(description: reason) },
      world.serverConfiguration())
    outcome = pair.run()
    #expect(outcome.client?.code == .peerRefused)
    #expect(outcome.server?.receivedAlert == .badCertificate)
  }

  @Test func theVerificationSeesTheLeafThatWasPresented() throws {
    let world = try TestWorld()
    let leaf = world.client.chainDER
    var pair = try EnginePair(
      world.clientConfiguration(),
      world.serverConfiguration { chain in
        guard chain == leaf else { throw Refusal(description: "another chain") }
        return try accept(TestWorld.clientURI)(chain)
      })
    #expect(pair.run().server == nil)
  }

  @Test func theVerificationIsNotAskedAboutAnUnverifiedChain() throws {
    let world = try TestWorld()
    let foreign = try TestPKI().issue(TestWorld.clientLeaf)
    var pair = try EnginePair(
      world.clientConfiguration(foreign),
      world.serverConfiguration { chain in
        Issue.record("asked about a chain that leads nowhere")
        return try accept(TestWorld.clientURI)(chain)
      })
    #expect(pair.run().server?.code == .peerRefused)
  }

  @Test func bothRootsOfARolloverAreTrusted() throws {
    let world = try TestWorld()
    let next = try TestPKI(name: "next root")
    let renewed = try next.issue(TestWorld.clientLeaf)
    var server = world.serverConfiguration()
    server.trustRoots.append(next.rootDER)
    for certificate in [world.client, renewed] {
      var pair = try EnginePair(world.clientConfiguration(certificate), server)
      #expect(pair.run().server == nil)
    }
    server.trustRoots.removeFirst()
    var pair = try EnginePair(world.clientConfiguration(), server)
    #expect(pair.run().server?.code == .peerRefused)
  }
}
