import SallyportCore
import SallyportPolicyTestSupport
import Testing

@testable import SallyportPolicy

/// Each matcher on its own: whether the one rule with it matches.
@Suite struct MatcherTests {
  private func matches(_ matchers: String, _ job: JobFacts) throws -> Bool {
    try matches(.allow, matchers, job)
  }

  private func matches(
    _ action: PolicyAction, _ matchers: String, _ job: JobFacts
  ) throws -> Bool {
    let decision = try policy(action, matchers).decide(job)
    return decision.source.description == "rule"
  }

  @Test(arguments: [
    ("[team/*]", "team/app.git", true), ("[team/*]", "team/a/b", false),
    ("[a, \"team/**\"]", "team/a/b", true), ("[a]", nil, false), ("[(none)]", nil, true),
    ("[(none)]", "a", false), ("[(none), a]", "a", true), ("[Team/*]", "team/a", false),
    ("[\"**\"]", "a/b/c", true), ("[\"**\"]", nil, false),
  ])
  func repositories(_ list: String, _ name: String?, _ expected: Bool) throws {
    let job = try JobFacts(
      checkout: try name.map { try checkout($0, "refs/heads/main") }, command: ["x"])
    #expect(try matches("repositories: \(list)", job) == expected)
    #expect(try matches(.deny, "repositories: \(list)", job) == expected)
  }

  @Test(arguments: [
    ("[refs/heads/main]", "refs/heads/main", true), ("[refs/heads/main]", "refs/heads/mai", false),
    ("[refs/heads/main]", "refs/tags/main", false),
    ("[refs/heads/release/*]", "refs/heads/release/1", true),
    ("[refs/heads/release/*]", "refs/heads/release/1/2", false),
    ("[refs/heads/release/*]", "refs/heads/release", false),
    ("[\"refs/tags/**\"]", "refs/tags/a/b", true), ("[\"refs/tags/**\"]", "refs/tags", false),
    ("[\"refs/**\"]", "refs/pull/1/head", true), ("[\"**\"]", "refs/x/y", true),
    ("[refs/heads/Main]", "refs/heads/main", false), ("[refs/heads/m*n]", "refs/heads/main", true),
    ("[\"refs/**\"]", "HEAD", false), ("[HEAD]", "HEAD", true), ("[\"**\"]", "HEAD", true),
    ("[HEAD]", "refs/heads/HEAD", false), ("[refs/heads/main]", nil, false),
    ("[\"**\"]", nil, true), ("[\"refs/**\"]", nil, false),
  ])
  func refs(_ list: String, _ ref: String?, _ expected: Bool) throws {
    let job = try JobFacts(checkout: try checkout("a", ref), command: ["x"])
    #expect(try matches("refs: \(list)", job) == expected)
    // What may be any ref is denied where some are.
    let mayBeAny = ref == nil || ref == "HEAD"
    #expect(try matches(.deny, "refs: \(list)", job) == (expected || mayBeAny))
    #expect(try !matches("refs: \(list)", try JobFacts(command: ["x"])))
    #expect(try !matches(.deny, "refs: \(list)", try JobFacts(command: ["x"])))
  }

  @Test func shortRefs() throws {
    let both = try policy(.allow, "refs: [\"refs/**\"]")
    let branch = try policy(.allow, "refs: [refs/heads/main]")
    let tag = try policy(.allow, "refs: [refs/tags/main]")
    let denied = try policy(.deny, "refs: [refs/heads/main]")
    let job = try JobFacts(checkout: try checkout("a", "main"), command: ["x"])
    #expect(both.decide(job).refs == ["refs/heads/main", "refs/tags/main"])
    #expect(branch.decide(job).refs == ["refs/heads/main"])
    #expect(tag.decide(job).refs == ["refs/tags/main"])
    #expect(tag.decide(job).source == .rule(RuleName(unchecked: "rule")))
    #expect(denied.decide(job).refs == ["refs/tags/main"])
    #expect(denied.decide(job).source == .default)
    let none = try policy(.allow, "refs: [refs/heads/other]").decide(job)
    #expect(none.refs.isEmpty && !none.isAllowed && none.source == .default)
  }

  @Test(arguments: [
    (true, nil, true), (true, "refs/heads/a", false), (false, nil, false),
    (false, "refs/heads/a", true),
  ])
  func unadvertisedCommits(_ wanted: Bool, _ ref: String?, _ expected: Bool) throws {
    let job = try JobFacts(checkout: try checkout("a", ref), command: ["x"])
    #expect(try matches("unadvertised-commits: \(wanted)", job) == expected)
    #expect(try !matches("unadvertised-commits: \(wanted)", try JobFacts(command: ["x"])))
  }

  @Test(arguments: [
    ("[make, test]", ["make", "test"], true), ("[make, test]", ["make"], false),
    ("[make, test]", ["make", "test", "-k"], false), ("[make, test]", ["make test"], false),
    ("[make test]", ["make", "test"], false), ("[make, \"**\"]", ["make"], true),
    ("[make, \"**\"]", ["make", "a", "b/c", ""], true), ("[make, \"**\"]", ["makefile"], false),
    ("[make, \"*\"]", ["make", "a/b c\nd"], true), ("[make, \"*\"]", ["make", ""], true),
    ("[make, \"*\"]", ["make"], false), ("[make, \"*\"]", ["make", "a", "b"], false),
    ("[./ci/*]", ["./ci/run"], true), ("[./ci/*]", ["./ci/../sh"], false),
    ("[./ci/*]", ["ci/run"], false), ("[./ci/*, x]", ["./ci/a", "x"], true),
    ("[cc, --out=*]", ["cc", "--out=a.b c"], true), ("[cc, --out=*]", ["cc", "--out=/etc"], false),
    ("[cc, \"\"]", ["cc", ""], true), ("[cc, \"\"]", ["cc"], false), ("[Make]", ["make"], false),
    ("[m*k*]", ["make"], true), ("[\"*\"]", ["anything/at all"], true),
    ("[caf\u{e9}]", ["cafe\u{301}"], false), ("[K]", ["\u{212a}"], false),
  ])
  func commands(_ pattern: String, _ command: [String], _ expected: Bool) throws {
    let job = try JobFacts(command: command)
    #expect(try matches("commands: [\(pattern)]", job) == expected)
    #expect(try matches("commands: [[other], \(pattern)]", job) == expected)
  }

  @Test(arguments: [
    ("[registry.example:5000/ci/*]", "registry.example:5000/ci/go:1.2", true),
    ("[registry.example/ci/*]", "registry.example/ci/a/b", false),
    ("[\"registry.example/**\"]", "registry.example/a/b@sha256:00", true),
    ("[registry.example/*]", "registry.example.evil/x", false), ("[\"**\"]", nil, false),
    ("[(none)]", nil, true), ("[(none)]", "a", false), ("[(none), a*]", "alpine", true),
    ("[(none)]", "(none)", false), ("[\"**\"]", "(none)", true),
  ])
  func images(_ list: String, _ image: String?, _ expected: Bool) throws {
    #expect(
      try matches("images: \(list)", try JobFacts(command: ["x"], image: image)) == expected)
  }

  @Test(arguments: [
    ("[CI_*, LANG]", ["CI_A", "LANG"], true), ("[CI_*]", ["CI_A", "PATH"], false),
    ("[CI_*]", [], true), ("[]", [], true), ("[]", ["A"], false), ("[\"*\"]", ["A", "B"], true),
    ("[path]", ["PATH"], false), ("[K]", ["\u{212a}"], false), ("[A*B*C]", ["AxBC"], true),
  ])
  func only(_ list: String, _ names: [String], _ expected: Bool) throws {
    let variables = try JobFacts(command: ["x"], environment: names)
    let secrets = try JobFacts(command: ["x"], secrets: names)
    #expect(try matches("environment: {only: \(list)}", variables) == expected)
    #expect(try matches("secrets: {only: \(list)}", secrets) == expected)
    #expect(try matches("secrets: {only: []}", variables))
  }

  @Test(arguments: [
    ("[LD_*, PATH]", ["A", "LD_PRELOAD"], true), ("[LD_*]", ["A", "XLD_A"], false),
    ("[LD_*]", [], false), ("[\"*\"]", ["A"], true), ("[\"*\"]", [], false),
  ])
  func any(_ list: String, _ names: [String], _ expected: Bool) throws {
    let variables = try JobFacts(command: ["x"], environment: names)
    let secrets = try JobFacts(command: ["x"], secrets: names)
    #expect(try matches(.deny, "environment: {any: \(list)}", variables) == expected)
    #expect(try matches(.deny, "secrets: {any: \(list)}", secrets) == expected)
  }

  @Test(arguments: [
    ("{at-most: 30m}", Duration.seconds(1_800), true), ("{at-most: 30m}", .seconds(1_801), false),
    ("{at-most: 30m}", nil, false), ("{over: 30m}", .seconds(1_800), false),
    ("{over: 30m}", .seconds(1_800) + .nanoseconds(1), true), ("{over: 30m}", nil, true),
    ("{at-most: 0s}", .zero, true),
  ])
  func timeout(_ bound: String, _ timeout: Duration?, _ expected: Bool) throws {
    let job = try JobFacts(command: ["x"], timeout: timeout)
    #expect(try matches("timeout: \(bound)", job) == expected)
    #expect(try matches(.deny, "timeout: \(bound)", job) == expected)
  }

  @Test(arguments: [
    ("[ci-*]", "ci-1", true),
    ("[ci-*]", "ci", false),
    ("[\"**\"]", "jo", true),
    ("[jo]", "Jo", false), ("[\"**\"]", nil, false),
    ("[(none)]", nil, true), ("[(none)]", "", true),
  ])
  func submitters(_ list: String, _ submitter: String?, _ expected: Bool) throws {
    let job = try JobFacts(command: ["x"], submitter: submitter)
    #expect(try matches("submitters: \(list)", job) == expected)
  }

  @Test func signatures() throws {
    let unsigned = try JobFacts(command: ["x"])
    let signed = try JobFacts(command: ["x"], signers: [keyA])
    #expect(try matches("signed: true", signed))
    #expect(try !matches("signed: true", unsigned))
    #expect(try matches("signed: false", unsigned))
    #expect(try !matches("signed: false", signed))
    #expect(try matches("signers: [\(keyA), \(keyB)]", signed))
    #expect(try !matches("signers: [\(keyB)]", signed))
    #expect(try !matches("signers: [\(keyB)]", unsigned))
  }

  @Test(arguments: [
    ("{zone: eu-*}", ["zone": "eu-1", "x": "y"], true), ("{zone: eu-*}", ["zone": "us"], false),
    ("{zone: eu-*}", [:], false), ("{zone: [us, eu-*]}", ["zone": "eu-1"], true),
    ("{zone: eu-*, gpu: \"*\"}", ["zone": "eu-1"], false), ("{gpu: \"\"}", ["gpu": ""], true),
    ("{zone: e*/*}", ["zone": "eu/1"], true), ("{K: a}", ["\u{212a}": "a"], false),
  ])
  func labels(_ table: String, _ labels: [String: String], _ expected: Bool) throws {
    let job = try JobFacts(command: ["x"], labels: labels)
    #expect(try matches("labels: \(table)", job) == expected)
  }

  @Test(arguments: [
    ("[spiffe://acme.example/worker/*]", true), ("[spiffe://acme.example/worker/b]", false),
    ("[\"spiffe://*/worker/a\"]", true), ("[\"spiffe://acme.example/**\"]", true),
  ])
  func workers(_ list: String, _ expected: Bool) throws {
    let policy = try policy(.allow, "workers: \(list)", for: .agent)
    #expect(policy.decide(try fetch("a", .ref("refs/heads/main"))).isAllowed == expected)
  }

  @Test func allMatchersMustHold() throws {
    let matchers = "repositories: [a]\ncommands: [[x]]\nsigned: true"
    let good = try JobFacts(
      checkout: try checkout("a", "refs/heads/b"), command: ["x"], signers: [keyA])
    #expect(try matches(matchers, good))
    #expect(try !matches(matchers, try JobFacts(command: ["x"], signers: [keyA])))
    #expect(
      try !matches(
        matchers, try JobFacts(checkout: try checkout("a", "refs/heads/b"), command: ["x"])))
  }
}
