import FoundationEssentials
import SallyportConfig
import SallyportCore
import SallyportPolicyTestSupport
import Testing

@testable import SallyportPolicy

@Suite struct PolicyFileTests {
  private func example(_ name: String, for program: PolicyProgram) throws -> AdmissionPolicy {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let path = root.appending(path: "docs/examples/\(name)").path
    return try PolicySource(path: path, for: program).current.policy
  }

  private let release = "7d4a1f0e6c2b93855c0e1d2f3a4b5c6d7e8f90112233445566778899aabbccdd"

  @Test func theExampleOfAWorker() throws {
    let policy = try example("policy-worker.yaml", for: .worker)
    func rule(_ job: JobFacts) -> String {
      let decision = policy.decide(job)
      return "\(decision.action) \(decision.source)"
    }
    let build = try JobFacts(
      checkout: try checkout("team/app.git", "main"), command: ["make", "test", "-k"],
      environment: ["CI_JOB"], timeout: .seconds(600))
    #expect(rule(build) == "allow builds")
    let preload = try JobFacts(
      checkout: try checkout("team/app.git", "main"), command: ["make", "test"],
      environment: ["LD_PRELOAD"], timeout: .seconds(600))
    #expect(rule(preload) == "deny no-loader-variables")
    let pci = try JobFacts(
      checkout: try checkout("team/app-pci", "main"), command: ["make", "test"])
    #expect(rule(pci) == "deny no-payment-repositories")
    let deploy = try JobFacts(
      checkout: try checkout("platform/deploy", "refs/tags/v1.2"),
      command: ["./deploy", "--environment", "production", "--yes"], environment: ["DEPLOY_REGION"],
      secrets: ["aws-deploy"], timeout: .seconds(600), signers: [release], labels: ["zone": "eu-1"])
    #expect(rule(deploy) == "allow production-deployment")
    let unsigned = try JobFacts(
      checkout: deploy.checkout, command: deploy.command, environment: deploy.environment,
      secrets: deploy.secrets, timeout: deploy.timeout, labels: deploy.labels)
    #expect(rule(unsigned) == "deny default")
    let check = try JobFacts(
      command: ["/usr/local/bin/worker-check"],
      submitter: "ops-jo")
    #expect(rule(check) == "allow health-checks")
  }

  @Test func theExampleOfAnAgent() throws {
    let policy = try example("policy-agent.yaml", for: .agent)
    func refs(_ repository: String, _ signers: [String] = []) throws -> RefPermission {
      policy.refs(
        in: try RepositoryName(repository),
        for: try caller("spiffe://acme.example/worker/release-1", signers: signers))
    }
    #expect(try !refs("payments/core").allowsAnything)
    #expect(try refs("team/app").allows("refs/heads/main"))
    #expect(try !refs("team/app").allows("refs/heads/security/cve"))
    #expect(try refs("team/app").allowsEveryTag)
    #expect(try !refs("team/app").allowsUnadvertisedCommits)
    #expect(try refs("platform/deploy.git", [release]).allows("refs/heads/release/1"))
    #expect(try !refs("other").allowsAnything)
  }

  /// Whatever becomes of a file: it loads or says why in one line, and never takes long.
  @Test(.timeLimit(.minutes(2))) func mutatedFiles() throws {
    var random = RandomPolicy(seed: 9)
    let bytesToAdd = Array("&*!|>%@`'\"[]{},:?#-~ \n\t\\/=ab1".utf8) + [0, 0x80, 0xC2, 0xFF]
    let words = [
      "refs: ", "- ", "{only: ", "allow", "deny", "\"**\"", "(none)", "<<: ", "*x", "&x ", "~",
      "\n  ",
    ]
    var (loaded, refused) = (0, 0)
    for round in 0..<2_500 {
      let program: PolicyProgram = round % 2 == 0 ? .worker : .agent
      var bytes = Array(random.validYAML(for: program).utf8)
      for _ in 0..<Int.random(in: 1...2, using: &random.generator) {
        let place = Int.random(in: 0..<bytes.count, using: &random.generator)
        switch Int.random(in: 0..<4, using: &random.generator) {
        case 0: bytes[place] = random.generator.pick(bytesToAdd)
        case 1: bytes.insert(contentsOf: Array(random.generator.pick(words).utf8), at: place)
        case 2: if bytes.count > 1 { bytes.remove(at: place) }
        default: bytes.removeSubrange(place..<min(bytes.count - 1, place + 8) + 1)
        }
        if bytes.isEmpty { bytes = [UInt8(ascii: "\n")] }
      }
      do {
        let policy = try AdmissionPolicy(parsing: bytes, path: "p", for: program)
        if program == .worker {
          _ = policy.decide(try random.jobFacts())
        } else {
          _ = policy.decide(try random.fetchFacts())
        }
        loaded += 1
      } catch {
        #expect(error is ConfigError && !"\(error)".contains("\n"), "\(error)")
        refused += 1
      }
    }
    #expect(loaded > 50 && refused > 500, "\(loaded) \(refused)")
  }

  @Test(.timeLimit(.minutes(1))) func theLargestFiles() throws {
    var yaml = "version: 1\nrules:\n"
    for number in 0..<1_000 {
      let patterns = (0..<60).map { "r\(number)/p\($0)" }.joined(separator: ", ")
      yaml += "  - name: r\(number)\n    action: deny\n    repositories: [\(patterns)]\n"
    }
    #expect(yaml.utf8.count < 1 << 20)
    let policy = try policy(yaml)
    let job = try JobFacts(checkout: try checkout("r999/p59", "main"), command: ["x"])
    #expect(policy.decide(job).source.description == "r999")
  }
}
