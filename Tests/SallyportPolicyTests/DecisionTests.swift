import SallyportCore
import SallyportPolicyTestSupport
import Testing

@testable import SallyportPolicy

@Suite struct DecisionTests {
  /// By definition: the first rule of which nothing fails, or the default.
  @Test func firstMatchDecides() throws {
    var random = RandomPolicy(seed: 1)
    var sources: [String: Int] = [:]
    for _ in 0..<1_500 {
      let policy = try random.policy(for: .worker)
      for _ in 0..<3 {
        let job = try random.jobFacts()
        let decision = policy.decide(job)
        let explanation = policy.explain(job)
        #expect(explanation.decision == decision)
        for one in explanation.cases {
          let first = one.steps.first { $0.outcome == .decides }
          let expected = first?.action ?? policy.defaultAction
          #expect(one.decision.action == expected)
          #expect(one.decision.source.description == first?.rule ?? "default")
          let place = one.steps.firstIndex { $0.outcome == .decides } ?? one.steps.count
          #expect(
            one.steps[..<place].allSatisfy { $0.outcome == .doesNotMatch && !$0.failures.isEmpty })
          #expect(one.steps.dropFirst(place + 1).allSatisfy { $0.outcome == .notReached })
        }
        #expect(decision.isAllowed == explanation.cases.contains { $0.decision.isAllowed })
        let allowed = explanation.cases.filter { $0.decision.isAllowed }.compactMap(\.target)
        #expect(decision.refs.map { .ref($0) } == allowed.filter { $0 != .unadvertisedCommit })
        sources[decision.source.description, default: 0] += 1
      }
    }
    #expect(sources.count == 7 && sources.values.allSatisfy { $0 > 20 }, "\(sources)")
  }

  /// A rule that does not match changes nothing, wherever it stands.
  @Test func rulesThatDoNotMatch() throws {
    var random = RandomPolicy(seed: 2)
    for _ in 0..<1_000 {
      let policy = try random.policy(for: .worker)
      let job = try random.jobFacts()
      let other = PolicyRule(
        name: try RuleName("other"), action: random.generator.pick([.allow, .deny]),
        matchers: [.commands([try CommandPattern(["never"])])])
      var rules = policy.rules
      rules.insert(other, at: Int.random(in: 0...rules.count, using: &random.generator))
      let changed = AdmissionPolicy(
        program: .worker, defaultAction: policy.defaultAction, rules: rules)
      #expect(changed.decide(job) == policy.decide(job))
    }
  }

  @Test func defaults() throws {
    let job = try JobFacts(command: ["x"])
    #expect(!(try policy("version: 1\nrules: []").decide(job).isAllowed))
    #expect(!(try policy("version: 1\ndefault: deny\nrules: []").decide(job).isAllowed))
    #expect(try policy("version: 1\ndefault: allow\nrules: []").decide(job).isAllowed)
    #expect(AdmissionPolicy.unrestrictedWorker.decide(job).isAllowed)
    #expect(
      !AdmissionPolicy(repositories: []).decide(try fetch("a", .ref("refs/heads/a"))).isAllowed)
  }

  @Test func submittersSeeTheRulesNameOnly() throws {
    let policy = try policy(
      """
      version: 1
      rules:
        - name: no-a
          action: deny
          reason: a secret of the customer
          repositories: [hidden/a]
      """)
    let job = try JobFacts(checkout: try checkout("hidden/a", "main"), command: ["x"])
    let decision = policy.decide(job)
    #expect(decision.refusal == "denied by customer policy: no-a")
    #expect(decision.reason == "a secret of the customer")
    let other = policy.decide(try JobFacts(command: ["x"]))
    #expect(other.refusal == "denied by customer policy: default")
  }

  /// A policy is never applied by the other program, to which its rules would say too little.
  @Test func wrongProgram() throws {
    let worker = AdmissionPolicy.unrestrictedWorker
    let agent = try policy("version: 1\ndefault: allow\nrules: []", for: .agent)
    #expect(worker.decide(try fetch("a", .ref("refs/heads/a"))).source == .invalid)
    #expect(agent.decide(try JobFacts(command: ["x"])).source == .invalid)
    #expect(!worker.refs(in: try RepositoryName("a"), for: try caller()).allowsAnything)
    #expect(worker.explain(try fetch("a", .ref("refs/heads/a"))).cases.isEmpty)
  }

  /// D12, G16: names that want to be something else. Everything would be allowed here.
  @Test(arguments: [
    "refs/heads/../../x", "refs/heads/a\nb", "refs/heads/", "refs//a", "refs/heads/a.lock",
    "refs/heads/.a", "refs/heads/a.", "refs/heads/a@{0}", "refs/heads/a b", "refs/heads/a*",
    "refs/heads/a\u{0}", "refs/heads/a:b", "refs/heads/a^{}", "refs/heads/a.lock/b", "refs/",
    "--upload-pack=x y", "ext::sh -c x", "a..b", "", "refs/heads/\\a", "refs/heads/[a",
    "refs/heads/\u{7f}", "refs/heads/" + String(repeating: "a", count: 1_100),
  ])
  func hostileRefs(_ ref: String) throws {
    let agent = try policy("version: 1\ndefault: allow\nrules: []", for: .agent)
    #expect(agent.decide(try fetch("a", .ref(ref))).source == .invalid)
    let permission = agent.refs(in: try RepositoryName("a"), for: try caller())
    #expect(!permission.allows(ref))
    #expect(permission.decision(for: ref).source == .invalid)
    #expect(throws: InvalidFacts.self) {
      try JobFacts(checkout: try checkout("a", ref), command: ["x"])
    }
  }

  @Test func hostileJobs() throws {
    let long = String(repeating: "a", count: 131_073)
    let many = (0...1_024).map { "N\($0)" }
    let jobs: [() throws -> JobFacts] = [
      { try JobFacts(command: []) }, { try JobFacts(command: [""]) },
      { try JobFacts(command: ["x", "a\0b"]) }, { try JobFacts(command: ["x", long]) },
      { try JobFacts(command: [String](repeating: "x", count: 4_097)) },
      { try JobFacts(command: ["x"], environment: many) },
      { try JobFacts(command: ["x"], secrets: ["a\0"]) },
      { try JobFacts(command: ["x"], secrets: [long]) },
      { try JobFacts(command: ["x"], image: long) },
      { try JobFacts(command: ["x"], submitter: long) },
      { try JobFacts(command: ["x"], labels: ["a": long]) },
    ]
    for job in jobs {
      let error = try #require(throws: InvalidFacts.self) { _ = try job() }
      #expect(error.decision.source == .invalid && !error.decision.isAllowed)
    }
  }

  /// Stars must not cost exponential time, nor long texts quadratic in a way that matters.
  @Test(.timeLimit(.minutes(1))) func hostileStars() throws {
    let stars = String(repeating: "*a", count: 250) + "*b"
    let commands = (0..<20).map { "[x, \"\(stars.dropLast())\($0)\"]" }.joined(separator: ", ")
    let policy = try policy(.allow, "commands: [\(commands)]")
    let job = try JobFacts(command: ["x", String(repeating: "a", count: 20_000)])
    #expect(!policy.decide(job).isAllowed)
  }

  @Test func explanationsAreForPeopleAndPrograms() throws {
    let policy = try policy(
      """
      version: 1
      rules:
        - name: tests
          action: allow
          reason: fine
          repositories: ["team/*"]
          commands: [[make, "**"]]
          environment: {only: [CI]}
        - name: all
          action: deny
      """)
    let job = try JobFacts(
      checkout: try checkout("team/a", "refs/heads/main"), command: ["sh", "-c", "x\u{1b}[2J\ny"],
      environment: ["CI", "PATH"])
    let explanation = policy.explain(job)
    #expect(
      explanation.text == """
        denied by customer policy: all

        refs/heads/main: denied by all
        #  RULE     ACTION  OUTCOME
        1  tests    allow   does not match
                              commands: ["make", "**"]; found ["sh", "-c", "x\\u{1B}[2J\\ny"]
                              environment: only CI; found PATH
        2  all      deny    decides: every matcher holds
           default          not reached

        """)
    #expect(explanation.json.contains("\"outcome\" : \"does-not-match\""))
    #expect(explanation.json.contains("\"matcher\" : \"environment\""))
    #expect(explanation.json.contains("\"line\" : 9"))
  }
}
