import SallyportCore
import SallyportPolicyTestSupport
import SallyportTestSupport
import Testing

@testable import SallyportPolicy

@Suite struct ManifestTests {
  private let facts = ProgramFacts(
    methods: ["git-upload-pack"], upstreams: [.init(match: "t/**", place: "https://git.example/")],
    outbound: [.init(address: "gateway.example:7443", purpose: "gateway")])

  private func printed(
    _ policy: AdmissionPolicy, secrets: [ManifestSecrets] = []
  ) throws -> PermissionManifest {
    var facts = facts
    facts.secrets = secrets
    let manifest = PermissionManifest(LoadedPolicy(policy: policy), facts)
    let parsed = try #require(PermissionManifest(json: Array(manifest.json.utf8)))
    #expect(parsed == manifest)
    return parsed
  }

  /// What is printed, read back, decides as what is enforced.
  @Test func printAndEnforcementAgreeAboutJobs() throws {
    var random = RandomPolicy(seed: 5)
    var allowed = 0
    var withheld = 0
    for _ in 0..<2_500 {
      let policy = try random.policy(for: .worker)
      let secrets = try random.jobsOfSecrets()
      let manifest = try printed(
        policy,
        secrets: secrets.map {
          ManifestSecrets(names: [$0.name], source: "file x", jobs: $0.conditions)
        })
      for _ in 0..<4 {
        let job = try random.jobFacts()
        let (enforced, said) = (policy.decide(job), manifest.decide(job))
        var refs = enforced.refs
        var hasAll = true
        for name in job.secrets {
          let decision = try #require(secrets.first { $0.name == name }).conditions.decide(job)
          hasAll = hasAll && decision.isAllowed
          refs.removeAll { !decision.refs.contains($0) }
        }
        hasAll = hasAll && (job.checkout?.ref == nil || !refs.isEmpty)
        if enforced.isAllowed, !hasAll {
          #expect(said == (.deny, "secrets"))
          withheld += 1
        } else {
          #expect(said.action == enforced.action && said.rule == enforced.source.description)
          allowed += enforced.isAllowed ? 1 : 0
        }
      }
    }
    #expect((1_000...8_500).contains(allowed) && withheld > 500, "\(allowed), \(withheld)")
  }

  @Test func printAndEnforcementAgreeAboutFetches() throws {
    var random = RandomPolicy(seed: 6)
    var allowed = 0
    for _ in 0..<2_500 {
      let policy = try random.policy(for: .agent)
      let manifest = try printed(policy)
      for _ in 0..<4 {
        let fetch = try random.fetchFacts()
        let (enforced, said) = (policy.decide(fetch), manifest.decide(fetch))
        #expect(said.action == enforced.action && said.rule == enforced.source.description)
        allowed += enforced.isAllowed ? 1 : 0
      }
    }
    #expect((1_500...8_500).contains(allowed))
  }

  /// Both matchers of patterns, on patterns and texts of three letters.
  @Test func patternsAgree() throws {
    var generator = SeededGenerator(seed: 7)
    var matched = 0
    for _ in 0..<40_000 {
      let pattern = generator.some(["a", "b", "*", "/", "**", "a/", "/**"], 1...6).joined()
      let text = generator.some(["a", "b", "/", "ab"], 0...7).joined()
      if let glob = try? PathGlob(pattern) {
        #expect(
          glob.matches(text) == ManifestGlob.matchesPath(pattern, text), "\(pattern) on \(text)")
        matched += glob.matches(text) ? 1 : 0
      }
      #expect(
        TextGlob(pattern.utf8).matches(text) == ManifestGlob.matchesText(pattern, text),
        "\(pattern) on \(text)")
    }
    #expect(matched > 800)
  }

  @Test func tables() throws {
    let policy = try policy(
      """
      version: 1
      rules:
        - {name: no, action: deny, refs: ["refs/heads/secret/**"], signed: false}
        - name: builds
          action: allow
          repositories: ["t/**"]
          commands: [[make, "**"], ["a b"]]
          environment: {only: [CI]}
          secrets: {only: []}
          timeout: {at-most: 90m}
          labels: {zone: [eu-*, us]}
        - {name: rest, action: deny}
      """)
    let loaded = LoadedPolicy(policy: policy, digest: PolicyDigest(of: []))
    var facts = facts
    facts.secrets = try [
      (["NPM_TOKEN"], "file /etc/npm", "[{repositories: [t/**], signed: true}, {signed: false}]"),
      (["KEY", "ID"], "command aws", "every"), (["OLD"], "environment OLD", "[]"),
    ].map { names, source, jobs in
      ManifestSecrets(names: names, source: source, jobs: try RandomPolicy.conditions(jobs))
    }
    let manifest = PermissionManifest(loaded, facts)
    #expect(
      manifest.text == """
        rules of a worker; the first that matches decides
        #  ACTION  RULE     WHEN
        1  deny    no       refs: refs/heads/secret/**
                            signed: false
        2  allow   builds   repositories: t/**
                            commands: ["make", "**"], ["a b"]
                            environment: only CI
                            secrets: none
                            timeout: at most 90m
                            labels: zone=eu-*|us
        3  deny    rest     always
           deny    default  no rule matches

        signed jobs count by these keys, and are not required
          none

        secrets, for jobs that a rule allows
          NPM_TOKEN  file /etc/npm    repositories: t/**
                                      signed: true
                                      or
                                      signed: false
          KEY, ID    command aws      every one of them
          OLD        environment OLD  none

        methods
          git-upload-pack

        upstreams, the first that matches
          t/**  https://git.example/

        outbound connections
          gateway.example:7443  gateway

        policy file, SHA-256
          e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855

        """)
    #expect(manifest.upstream(of: try RepositoryName("t/a")) == "https://git.example/")
    #expect(manifest.upstream(of: try RepositoryName("u")) == nil)
    #expect(PermissionManifest(json: Array("{}".utf8)) == nil)
  }
}
