import SallyportCore
import SallyportSigning
import Testing

@Suite struct AudienceTests {
  @Test func acceptsWhatIsSignedForIt() throws {
    try Samples.audience().check(try Samples.statement(), now: Samples.now)
    try Audience(
      tenant: try TenantName("acme"), externalID: Samples.externalID,
      pool: .vcs(try PoolName("git"))
    ).check(try Samples.statement(), now: Samples.now)
  }

  @Test(
    arguments: [
      { $0.tenant = TenantName(unchecked: "other") },
      { $0.workerPool = PoolName(unchecked: "other") },
      { $0.externalID = "" }, { $0.externalID.removeLast() },
      { $0.externalID = $0.externalID.uppercased() }, { $0.externalID += "0" },
    ] as [@Sendable (inout JobStatement) -> Void])
  func refusesWhatIsSignedForOthers(change: @Sendable (inout JobStatement) -> Void) throws {
    var statement = try Samples.statement()
    change(&statement)
    let error = #expect(throws: SignedJobError.self) {
      try Samples.audience().check(statement, now: Samples.now)
    }
    #expect(error?.code == .wrongAudience)
    #expect(error?.message.contains(Samples.externalID) == false)
  }

  @Test func aVCSAgentRefusesAnotherPoolAndNoCheckout() throws {
    let agent = Audience(
      tenant: try TenantName("acme"), externalID: Samples.externalID,
      pool: .vcs(try PoolName("other")))
    var statement = try Samples.statement()
    #expect(throws: SignedJobError.self) { try agent.check(statement, now: Samples.now) }
    statement.checkout = nil
    #expect(throws: SignedJobError.self) { try agent.check(statement, now: Samples.now) }
  }

  @Test(
    arguments: [
      (-121, SignedJobError.Code?.some(.notYetValid)), (-120, nil), (0, nil), (3_599, nil),
      (3_600, .expired), (1_000_000, .expired),
    ] as [(Int64, SignedJobError.Code?)])
  func holdsTheTimes(offset: Int64, refusal: SignedJobError.Code?) throws {
    let (audience, statement) = (try Samples.audience(), try Samples.statement())
    var code: SignedJobError.Code?
    do throws(SignedJobError) {
      try audience.check(
        statement, now: StatementTime(seconds: Samples.now.seconds + offset))
    } catch {
      code = error.code
    }
    #expect(code == refusal)
  }
}
