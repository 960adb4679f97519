import SallyportConfig
import SallyportCore
import SallyportPolicyTestSupport

@testable import SallyportPolicy

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
