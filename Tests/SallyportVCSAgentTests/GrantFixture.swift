import Foundation
import HTTPTypes
import SallyportCore
import SallyportGitProtocol
import SallyportSigning

@testable import SallyportVCSAgent

/// A customer's key, and grants that it signs.
struct GrantFixture: Sendable {
  let key = JobSigningKey.generate()
  let rules: GrantRules

  init(_ scratch: Scratch, isRequired: Bool = true) throws {
    try scratch.write("signing.pub", key.publicKey.pem)
    try scratch.write("revoked", "")
    rules = GrantRules(
      audience: Self.audience,
      keys: SigningKeyFiles(
        trusted: [scratch.path("signing.pub")], revoked: scratch.path("revoked")),
      isRequired: isRequired)
  }

  func envelope(
    repository: String = "team/app.git", ref: String? = nil, commit: String? = nil
  ) throws -> [UInt8] {
    let now = StatementTime(seconds: Int64(Date().timeIntervalSince1970))
    var statement = JobStatement(
      job: .random(), tenant: try TenantName("acme"), externalID: Self.externalID,
      workerPool: try PoolName("builders"), notBefore: now,
      expires: StatementTime(seconds: now.seconds + 600), command: ["make"])
    statement.checkout = .init(
      vcsPool: try PoolName("git"), repository: try RepositoryName(repository), ref: ref,
      commit: commit)
    return try SignedJob.sign(statement, with: key).envelope
  }

  static let audience = Audience(
    tenant: TenantName(unchecked: "acme"), externalID: externalID,
    pool: .vcs(PoolName(unchecked: "git")))

  private static let externalID = "00112233445566778899aabbccddeeff"
}

extension HandlerHarness {
  /// A channel on which a grant has been shown.
  static func granted(
    _ scratch: Scratch, ref: String? = nil, commit: String? = nil,
    limits: FetchLimits = FetchLimits(), _ upstream: any Upstream
  ) async throws -> HandlerHarness {
    let fixture = try GrantFixture(scratch)
    let harness = try HandlerHarness(grants: fixture.rules, limits: limits, upstream)
    let shown = try await harness.send(
      .put, "/.sallyport/grant", body: try fixture.envelope(ref: ref, commit: commit))
    guard shown.status == 204 else { throw ScratchError(description: shown.text) }
    return harness
  }

  /// What the worker is shown of a repository in a version of the protocol.
  func list(_ version: ProtocolVersion, _ repository: String = "team/app.git") async throws
    -> String
  {
    let advertised = try await advertise(repository, fields: .git(version))
    guard version == .v2, advertised.status == 200 else { return advertised.text }
    return try await uploadPack(
      repository,
      .pktLines("command=ls-refs", "0001", "peel", "symrefs", "0000"), fields: .git(.v2)
    ).text
  }

  /// Asks for objects by their ids, without haves.
  func fetch(
    _ ids: [String], _ version: ProtocolVersion, _ repository: String = "team/app.git"
  ) async throws -> RecordingResponder {
    let wants = ids.map { "want \($0)" }
    let lines =
      version == .v2
      ? ["command=fetch", "0001"] + wants + ["done", "0000"] : wants + ["0000", "done"]
    return try await uploadPack(repository, .pktLines(lines), fields: .git(version))
  }
}
