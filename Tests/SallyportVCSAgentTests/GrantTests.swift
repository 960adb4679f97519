import Foundation
import HTTPTypes
import NIOCore
import SallyportCore
import SallyportLedger
import SallyportRelay
import SallyportSigning
import SallyportTestSupport
import Testing

@testable import SallyportVCSAgent

/// A VCS agent that serves signed jobs only, asked by a worker that a gateway may have sent.
@Suite final class GrantTests {
  private let scratch: Scratch
  private let key = JobSigningKey.generate()
  private let upstream = CountingUpstream()

  init() throws {
    let directory = FileManager.default.temporaryDirectory
      .appending(path: "sallyport-grants-\(UInt64.random(in: .min ... .max))").path()
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    scratch = Scratch(directory: directory)
    try Data(key.publicKey.pem.utf8).write(to: URL(filePath: scratch.path("key.pub")))
    try Data().write(to: URL(filePath: scratch.path("revoked")))
  }

  deinit { try? FileManager.default.removeItem(atPath: scratch.directory) }

  private func harness(isRequired: Bool = true, looksAtGrants: Bool = true) throws -> HandlerHarness
  {
    let files = SigningKeyFiles(
      trusted: [scratch.path("key.pub")], revoked: scratch.path("revoked"))
    let audience = Audience(
      tenant: try TenantName("acme"), externalID: "00112233445566778899aabbccddeeff",
      pool: .vcs(try PoolName("git")))
    return try HandlerHarness(
      allow: ["team/**"],
      grants: GrantRules(
        audience: audience, keys: looksAtGrants ? files : nil, isRequired: isRequired), upstream)
  }

  private func grant(_ change: (inout JobStatement) -> Void = { _ in }) throws -> [UInt8] {
    let now = StatementTime(seconds: Int64(Date().timeIntervalSince1970))
    var statement = JobStatement(
      job: .random(), tenant: try TenantName("acme"),
      externalID: "00112233445566778899aabbccddeeff", workerPool: try PoolName("builders"),
      notBefore: now, expires: StatementTime(seconds: now.seconds + 600), command: ["make"])
    statement.checkout = .init(
      vcsPool: try PoolName("git"), repository: try RepositoryName("team/app.git"),
      ref: "refs/heads/main", commit: nil)
    change(&statement)
    return try SignedJob.sign(statement, with: key).envelope
  }

  private func show(
    _ envelope: [UInt8], to harness: HandlerHarness
  ) async throws -> RecordingResponder {
    try await harness.send(.put, "/.sallyport/grant", body: envelope)
  }

  @Test func servesTheRepositoryOfTheGrantAndNoOther() async throws {
    let harness = try harness()
    #expect(try await show(try grant(), to: harness).status == 204)
    #expect(try await harness.advertise("team/app.git").status == 200)
    for other in ["team/other.git", "team/app", "team/sub/app.git", "elsewhere/app.git"] {
      let refused = try await harness.advertise(other)
      #expect(refused.status == 404)
      #expect(try await harness.uploadPack(other, [1]).status == 404)
    }
    #expect(upstream.paths == ["team/app.git/info/refs?service=git-upload-pack"])
    #expect(harness.log.text.contains("the grant is for another repository"))
  }

  @Test func grantsAreRecorded() async throws {
    let harness = try harness()
    #expect(try await show(Array("{}".utf8), to: harness).status == 403)
    let denied = try #require(harness.ledger.notes.first as? LedgerGrant)
    #expect(denied.decision.isAllowed == false && denied.job == nil)
    let other = try self.harness()
    #expect(try await show(try grant(), to: other).status == 204)
    let grants = other.ledger.all(LedgerGrant.self)
    #expect(grants.map(\.decision.isAllowed) == [true])
    #expect(grants.first?.keyID == key.id.rawValue && grants.first?.job != nil)
    #expect(try await other.advertise("team/app.git").status == 200)
    let requests = other.ledger.all(LedgerRequest.self)
    #expect(requests.map(\.event) == [.admitted, .served])
    #expect(requests.allSatisfy { $0.job == grants.first?.job })
  }

  /// The gateway opened a relay that no signed job asked for.
  @Test func servesNothingWithoutAGrant() async throws {
    let harness = try harness()
    let refused = try await harness.advertise("team/app.git")
    #expect(refused.status == 403)
    #expect(refused.text.contains("serves signed jobs only"))
    #expect(upstream.paths == [])
  }

  @Test func theAllowlistHoldsUnderAGrantToo() async throws {
    let harness = try harness()
    let repository = try RepositoryName("elsewhere/app.git")
    let grant = try grant { $0.checkout?.repository = repository }
    #expect(try await show(grant, to: harness).status == 204)
    #expect(try await harness.advertise("elsewhere/app.git").status == 404)
    #expect(upstream.paths == [])
  }

  struct Change: Sendable, CustomTestStringConvertible {
    let text: String
    let apply: @Sendable (inout JobStatement) -> Void
    var testDescription: String { text }

    init(_ text: String, _ apply: @escaping @Sendable (inout JobStatement) -> Void) {
      self.text = text
      self.apply = apply
    }
  }

  @Test(arguments: [
    Change("another tenant") { $0.tenant = TenantName(unchecked: "other") },
    Change("external ID") { $0.externalID = "ffffffffffffffffffffffffffffffff" },
    Change("VCS pool") { $0.checkout?.vcsPool = PoolName(unchecked: "other") },
    Change("VCS pool") { $0.checkout = nil },
    Change("expired") {
      $0.notBefore = .init(seconds: 1)
      $0.expires = .init(seconds: 2)
    },
    Change("valid from") { $0.notBefore = .init(seconds: $0.expires.seconds - 1) },
  ])
  func refusesAGrantForOthers(change: Change) async throws {
    let harness = try harness()
    let refused = try await show(try grant(change.apply), to: harness)
    #expect(refused.status == 403)
    #expect(refused.text.contains(change.text), "\(refused.text)")
    #expect(try await harness.advertise("team/app.git").status == 403)
    #expect(upstream.paths == [])
  }

  @Test func refusesAForgedChangedOrRevokedGrant() async throws {
    var statement = try SignedJob.verify(
      try grant(), keys: TrustedSigningKeys([key.publicKey])
    ).statement
    statement.runs = 2
    let forged = try SignedJob.sign(statement, with: .generate()).envelope
    var changed = try DSSEEnvelope(parsing: try grant())
    changed = DSSEEnvelope(
      payloadType: changed.payloadType, payload: statement.json, signatures: changed.signatures)
    for envelope in [forged, changed.json, [], Array("{}".utf8), Array(try grant().dropLast())] {
      let harness = try harness()
      #expect(try await show(envelope, to: harness).status == 403)
      #expect(try await harness.advertise("team/app.git").status == 403)
    }
    let harness = try harness()
    try Data("\(key.id)\n".utf8).write(to: URL(filePath: scratch.path("revoked")))
    let refused = try await show(try grant(), to: harness)
    #expect(refused.status == 403 && refused.text.contains("revoked"))
    #expect(upstream.paths == [])
  }

  @Test func aChannelHasOneGrant() async throws {
    let harness = try harness()
    #expect(try await show(try grant(), to: harness).status == 204)
    let repository = try RepositoryName("team/other.git")
    let second = try grant { $0.checkout?.repository = repository }
    #expect(try await show(second, to: harness).status == 403)
    #expect(try await harness.advertise("team/other.git").status == 404)
    #expect(try await harness.advertise("team/app.git").status == 200)
  }

  @Test func aGrantThatIsNotRequiredBindsAllTheSame() async throws {
    let harness = try harness(isRequired: false)
    #expect(try await harness.advertise("team/other.git").status == 200)
    #expect(try await show(try grant(), to: harness).status == 204)
    #expect(try await harness.advertise("team/other.git").status == 404)
  }

  @Test func anAgentWithoutKeysTakesGrantsForNothing() async throws {
    let harness = try harness(isRequired: false, looksAtGrants: false)
    #expect(try await show(Array("whatever".utf8), to: harness).status == 204)
    #expect(try await harness.advertise("team/other.git").status == 200)
  }

  @Test func anOverlongGrantEndsAtItsLimit() async throws {
    let harness = try harness()
    let long = [UInt8](repeating: 0x20, count: DSSEEnvelope.maximumLength + 1)
    #expect(try await show(long, to: harness).status == 413)
    #expect(try await harness.send(.post, "/.sallyport/grant").status == 405)
  }
}
