import SallyportCore
import SallyportSigning
import Testing

@Suite struct JobStatementTests {
  @Test func isReadBackAsItWasWritten() throws {
    var statement = try Samples.statement()
    #expect(try JobStatement(parsing: statement.json) == statement)
    statement.image = "registry.example/builder:1"
    statement.checkout?.commit = nil
    statement.extensions = ["note": .string("for people")]
    #expect(try JobStatement(parsing: statement.json) == statement)
    statement.checkout = nil
    statement.timeoutSeconds = nil
    statement.environment = [:]
    statement.secrets = []
    statement.selector = [:]
    #expect(try JobStatement(parsing: statement.json) == statement)
  }

  /// Every member of the JSON, replaced by something of the wrong form or taken away.
  @Test(arguments: [
    (#""job_id":"0123456789abcdef0123456789abcdef""#, #""job_id":"0123""#),
    (#""job_id":"0123456789abcdef0123456789abcdef","#, ""),
    (#""tenant":"acme""#, #""tenant":"Acme""#), (#""tenant":"acme""#, #""tenant":7"#),
    (#""tenant":"acme","#, ""), (#""worker_pool":"builders","#, ""),
    (#""external_id":"00112233445566778899aabbccddeeff","#, ""),
    (#""runs":3"#, #""runs":0"#), (#""runs":3"#, #""runs":101"#), (#""runs":3"#, #""runs":"3""#),
    (#""runs":3,"#, ""), (#""timeout_seconds":600"#, #""timeout_seconds":0"#),
    (#""timeout_seconds":600"#, #""timeout_seconds":-5"#),
    (#""timeout_seconds":600"#, #""timeout":600"#),
    (#""ref":"refs/heads/main""#, #""ref":"main""#),
    (#""ref":"refs/heads/main""#, #""ref":"refs/heads/../main""#),
    (#""repository":"team/app.git""#, #""repository":"../app.git""#),
    (#""vcs_pool":"git","#, ""), (#""commit":"aaaa"#, #""commit":"AAAA"#),
    (#""selector":{"zone":"a"}"#, #""selector":{"zone":1}"#),
    (#""secrets":["DEPLOY_KEY"]"#, #""secrets":["A","A"]"#),
    (#""secrets":["DEPLOY_KEY"]"#, #""secrets":"A""#),
    (#""runs":3"#, #""runs":3,"admin":true"#), (#""runs":3"#, #""runs":3,"runs":3"#),
    (#""vcs_pool":"git""#, #""vcs_pool":"git","host":"x""#),
    (#""expires":"2027-01-15T09:00:00Z""#, #""expires":"2027-01-15T09:00:00+00:00""#),
    (#""expires":"2027-01-15T09:00:00Z""#, #""expires":"2026-01-15T09:00:00Z""#),
    (#""expires":"2027-01-15T09:00:00Z""#, #""expires":"2027-02-30T09:00:00Z""#),
    (#""runs":3"#, #""runs":3,"critical":["x"]"#),
  ])
  func refusesAnotherForm(member: String, replacement: String) throws {
    let text = String(decoding: try Samples.statement().json, as: UTF8.self)
    try #require(text.contains(member))
    let changed = text.replacing(member, with: replacement)
    let error = #expect(throws: SignedJobError.self) {
      try JobStatement(parsing: Array(changed.utf8))
    }
    #expect(error?.code == .malformed)
  }

  @Test func anUnknownExtensionIsLeftOutOfAccountUnlessItIsCritical() throws {
    var statement = try Samples.statement()
    statement.extensions = ["gpu": .integer(1)]
    #expect(try JobStatement(parsing: statement.json).extensions == ["gpu": .integer(1)])
    statement.critical = ["gpu"]
    let error = #expect(throws: SignedJobError.self) { try JobStatement(parsing: statement.json) }
    #expect(error?.code == .unknownCritical)
  }

  @Test(arguments: [
    ("refs/heads/main", true), ("refs/heads/feature/x.y", true), ("refs/tags/v1.0", true),
    ("main", false), ("refs/heads", false), ("refs/heads/", false), ("refs//main", false),
    ("refs/heads/a..b", false), ("refs/heads/a b", false), ("refs/heads/*", false),
    ("refs/heads/.a", false), ("refs/heads/a.lock", false), ("refs/heads/a@{1}", false),
    ("refs/heads/a.", false), ("HEAD", false), ("--upload-pack=x", false),
    ("refs/heads/a\u{0}", false), ("refs/heads/a\nb", false),
  ])
  func knowsFullRefNames(name: String, isFull: Bool) {
    #expect(JobStatement.Checkout.isFullRefName(name) == isFull)
  }

  @Test(
    arguments: [
      ("1970-01-01T00:00:00Z", 0), ("2000-02-29T23:59:59Z", 951_868_799),
      ("2027-01-15T08:00:00Z", 1_800_000_000), ("9999-12-31T23:59:59Z", 253_402_300_799),
    ] as [(String, Int64)])
  func readsTimes(text: String, seconds: Int64) throws {
    #expect(StatementTime(text)?.seconds == seconds)
    #expect(StatementTime(seconds: seconds).description == text)
  }

  @Test(arguments: [
    "2027-02-29T00:00:00Z", "2027-13-01T00:00:00Z", "2027-00-01T00:00:00Z", "2027-01-00T00:00:00Z",
    "2027-01-01T24:00:00Z", "2027-01-01T00:60:00Z", "2027-01-01T00:00:60Z", "1969-12-31T23:59:59Z",
    "2027-01-01 00:00:00Z", "2027-01-01T00:00:00", "2027-01-01T00:00:00.0Z", "+027-01-01T00:00:00Z",
    "", "２027-01-01T00:00:00Z",
  ])
  func refusesOtherTimes(text: String) {
    #expect(StatementTime(text) == nil)
  }

  @Test func everyDayIsReadBackAsItself() {
    for day in stride(from: Int64(0), to: 2_932_896, by: 37) {
      let time = StatementTime(seconds: day * 86_400 + day % 86_400)
      #expect(StatementTime(time.description) == time)
    }
  }
}
