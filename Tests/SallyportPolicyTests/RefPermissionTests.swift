import SallyportCore
import SallyportPolicyTestSupport
import Testing

@testable import SallyportPolicy

@Suite struct RefPermissionTests {
  /// Partial evaluation and evaluation agree, and what is said of all refs holds for each.
  @Test func agreesWithDecisions() throws {
    var random = RandomPolicy(seed: 3)
    var (every, everyTag, nothing) = (0, 0, 0)
    for _ in 0..<3_000 {
      let policy = try random.policy(for: .agent)
      let repository = try RepositoryName(random.generator.pick(RandomPolicy.repositories))
      let caller = try random.caller()
      let permission = policy.refs(in: repository, for: caller)
      func decide(_ target: GitTarget) -> PolicyDecision {
        policy.decide(FetchFacts(repository: repository, target: target, caller: caller))
      }
      var isAnyAllowed = permission.allowsUnadvertisedCommits
      for ref in RandomPolicy.refs {
        let decision = decide(.ref(ref))
        #expect(permission.decision(for: ref) == decision)
        #expect(permission.allows(ref) == decision.isAllowed)
        isAnyAllowed = isAnyAllowed || decision.isAllowed
        if ref.hasPrefix("refs/tags/"), permission.allowsEveryTag { #expect(decision.isAllowed) }
        if ref != "HEAD", permission.allowsEveryRef { #expect(decision.isAllowed) }
      }
      #expect(permission.allowsUnadvertisedCommits == decide(.unadvertisedCommit).isAllowed)
      if isAnyAllowed { #expect(permission.allowsAnything) }
      every += permission.allowsEveryRef ? 1 : 0
      everyTag += permission.allowsEveryTag ? 1 : 0
      nothing += permission.allowsAnything ? 0 : 1
    }
    #expect(every > 100 && everyTag > every && nothing > 100)
  }

  private func permission(_ rules: String) throws -> RefPermission {
    try policy("version: 1\nrules:\n" + rules, for: .agent)
      .refs(in: try RepositoryName("team/app"), for: try caller())
  }

  /// A commit that no ref shows may be a part of any.
  @Test func unadvertisedCommits() throws {
    #expect(try permission("  - {name: a, action: allow}").allowsUnadvertisedCommits)
    #expect(
      try permission("  - {name: a, action: allow, refs: [\"**\"]}").allowsUnadvertisedCommits)
    #expect(
      try !permission("  - {name: a, action: allow, refs: [\"refs/**\"]}").allowsUnadvertisedCommits
    )
    let secret = "  - {name: s, action: deny, refs: [refs/heads/secret]}\n"
    let all = try permission(secret + "  - {name: a, action: allow}")
    #expect(!all.allowsUnadvertisedCommits && !all.allows("HEAD"))
    #expect(all.allows("refs/heads/main") && !all.allows("refs/heads/secret"))
    #expect(all.allowsHead(pointingTo: "refs/heads/main"))
    #expect(!all.allowsHead(pointingTo: "refs/heads/secret"))
    let byID = "  - {name: i, action: allow, unadvertised-commits: true}\n"
    let explicit = try permission(byID + secret)
    #expect(explicit.allowsUnadvertisedCommits && !explicit.allows("refs/heads/main"))
    #expect(explicit.allowsAnything)
    let never = "  - {name: n, action: deny, unadvertised-commits: true}\n"
    let refsOnly = try permission(never + "  - {name: a, action: allow}")
    #expect(!refsOnly.allowsUnadvertisedCommits && refsOnly.allows("HEAD"))
    #expect(refsOnly.allowsEveryRef && refsOnly.allowsEveryTag)
  }

  @Test func tags() throws {
    #expect(try permission("  - {name: a, action: allow, refs: [\"refs/tags/**\"]}").allowsEveryTag)
    #expect(try permission("  - {name: a, action: allow, refs: [\"refs/*/**\"]}").allowsEveryTag)
    #expect(try !permission("  - {name: a, action: allow, refs: [refs/tags/*]}").allowsEveryTag)
    let deny = "  - {name: d, action: deny, refs: [refs/t*/x]}\n"
    let allow = "  - {name: a, action: allow, refs: [\"refs/tags/**\"]}\n"
    #expect(try !permission(deny + allow).allowsEveryTag)
    #expect(try permission(allow + deny).allowsEveryTag)
    let branches = "  - {name: d, action: deny, refs: [\"refs/heads/**\"]}\n"
    #expect(try permission(branches + allow).allowsEveryTag)
  }

  @Test func nothingAtAll() throws {
    #expect(try !permission("  - {name: a, action: allow, repositories: [other]}").allowsAnything)
    #expect(try !permission("  - {name: a, action: allow, signed: true}").allowsAnything)
    let deny = "  - {name: d, action: deny, refs: [\"refs/heads/**\"]}\n"
    let allow = "  - {name: a, action: allow, refs: [refs/heads/main, refs/heads/x/*]}\n"
    #expect(try !permission(deny + allow).allowsAnything)
    #expect(try permission(allow + deny).allowsAnything)
    #expect(try permission("  - {name: a, action: allow, refs: [HEAD]}").allowsAnything)
  }

  /// The list of repositories that agents had before is a policy too.
  @Test func repositoryList() throws {
    let policy = AdmissionPolicy(repositories: [try RepositoryPattern("team/**")])
    let permission = policy.refs(in: try RepositoryName("team/a/b"), for: try caller())
    #expect(permission.allowsEveryRef && permission.allowsEveryTag)
    #expect(permission.allowsUnadvertisedCommits && permission.allows("HEAD"))
    #expect(!policy.refs(in: try RepositoryName("other"), for: try caller()).allowsAnything)
    #expect(policy.decide(try fetch("team/a", .ref("refs/x"))).source.description == "repositories")
  }

  @Test func bytesThatAreNoText() throws {
    let all = try permission("  - {name: a, action: allow}")
    let name: [UInt8] = Array("refs/heads/".utf8) + [0xFF, 0xFE]
    func allows(_ bytes: [UInt8]) -> Bool { all.allows(bytes: bytes.span) }
    #expect(allows(name))
    #expect(!allows(Array("refs/heads/a\n".utf8)))
    #expect(allows(Array("HEAD".utf8)))
  }

  #if DEBUG
    private static let manyRefs = 100_000
  #else
    private static let manyRefs = 1_000_000
  #endif

  /// Many refs against a hundred rules: the figure is printed, the bound is generous.
  @Test func manyRefs() throws {
    var rules = ""
    for number in 0..<50 {
      rules +=
        "  - {name: d\(number), action: deny, refs: [\"refs/heads/team-\(number)/private/**\"]}\n"
      rules += "  - {name: a\(number), action: allow, refs: [\"refs/heads/team-\(number)/*\", "
      rules += "refs/heads/release-\(number), \"refs/tags/v\(number).*\"]}\n"
    }
    let permission = try permission(rules)
    let names = (0..<Self.manyRefs).map { number in
      switch number % 4 {
      case 0: "refs/heads/team-\(number % 60)/feature-\(number)"
      case 1: "refs/heads/team-\(number % 60)/private/\(number)"
      case 2: "refs/tags/v\(number % 60).\(number)"
      default: "refs/pull/\(number)/head"
      }
    }
    var allowed = 0
    let time = ContinuousClock().measure {
      for name in names where permission.allows(name) { allowed += 1 }
    }
    #expect((Self.manyRefs / 4...Self.manyRefs / 2).contains(allowed))
    #expect(time < .seconds(60))
    print("\(Self.manyRefs) refs, 100 rules: \(time), \(allowed) allowed")
  }
}
