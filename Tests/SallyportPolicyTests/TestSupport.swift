import SallyportConfig
import SallyportCore

@testable import SallyportPolicy

struct TestGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// SplitMix64.
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
    return word ^ (word >> 31)
  }

  mutating func pick<Element>(_ items: [Element]) -> Element {
    items[Int.random(in: 0..<items.count, using: &self)]
  }

  mutating func some<Element>(_ items: [Element], _ count: ClosedRange<Int>) -> [Element] {
    (0..<Int.random(in: count, using: &self)).map { _ in pick(items) }
  }

  mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}

let keyA = String(repeating: "a", count: 64)
let keyB = String(repeating: "b", count: 64)

func policy(
  _ yaml: String, for program: PolicyProgram = .worker
) throws(ConfigError) -> AdmissionPolicy {
  try AdmissionPolicy(parsing: Array(yaml.utf8), path: "policy.yaml", for: program)
}

/// A policy with one rule, of which these are the matchers.
func policy(
  _ action: PolicyAction, _ matchers: String, for program: PolicyProgram = .worker
) throws(ConfigError) -> AdmissionPolicy {
  let lines = matchers.split(separator: "\n").map { "    " + $0 }.joined(separator: "\n")
  let other = action == .allow ? "deny" : "allow"
  return try policy(
    "version: 1\ndefault: \(other)\nrules:\n  - name: rule\n    action: \(action.rawValue)\n\(lines)\n",
    for: program)
}

func checkout(_ repository: String, _ ref: String?) throws -> JobFacts.Checkout {
  JobFacts.Checkout(repository: try RepositoryName(repository), ref: ref)
}

func caller(
  _ worker: String = "spiffe://acme.example/worker/a", signers: [String] = []
) throws -> FetchFacts.Caller {
  FetchFacts.Caller(worker: try SPIFFEID(parsing: worker), signers: signers)
}

func fetch(
  _ repository: String, _ target: GitTarget, signers: [String] = []
) throws -> FetchFacts {
  FetchFacts(
    repository: try RepositoryName(repository), target: target,
    caller: try caller(signers: signers))
}
