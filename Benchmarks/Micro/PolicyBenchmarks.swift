import Benchmark
import BenchmarkSupport
import SallyportCore
import SallyportPolicy

/// Decisions of an admission policy, by its last rule.
enum PolicyBenchmarks {
  static func register() {
    for count in [10, 1_000] {
      measured(
        "policy/job-\(count)-rules", bytes: 0, operations: 10,
        prepare: { (try policy(of: count, for: .worker), try job(count)) }
      ) { state in
        guard state.0.decide(state.1).isAllowed else { throw Failure("the job was denied") }
      }
      measured(
        "policy/fetch-\(count)-rules", bytes: 0, operations: 10,
        prepare: { (try policy(of: count, for: .agent), try fetch(count)) }
      ) { state in
        guard state.0.decide(state.1).isAllowed else { throw Failure("the fetch was denied") }
      }
    }
  }

  /// Each rule is about a team of its own.
  private static func policy(
    of count: Int, for program: PolicyProgram
  ) throws -> AdmissionPolicy {
    var text = "version: 1\ndefault: deny\nrules:\n"
    for number in 1...count {
      text += """
          - name: team-\(number)
            action: allow
            repositories: ["team-\(number)/**"]
            refs: ["refs/heads/main", "refs/heads/release/*"]

        """
      if program == .worker { text += "    commands: [[make, test, \"**\"], [./ci/run, \"*\"]]\n" }
    }
    return try AdmissionPolicy(parsing: Array(text.utf8), path: "policy.yaml", for: program)
  }

  private static func job(_ team: Int) throws -> JobFacts {
    try JobFacts(
      checkout: JobFacts.Checkout(
        repository: RepositoryName("team-\(team)/app.git"), ref: "refs/heads/main"),
      command: ["make", "test", "TARGET=all"], environment: ["LANG", "CI_COMMIT"],
      timeout: .seconds(600), submitter: "alice", labels: ["zone": "eu-1"])
  }

  private static func fetch(_ team: Int) throws -> FetchFacts {
    FetchFacts(
      repository: try RepositoryName("team-\(team)/app.git"), target: .ref("refs/heads/release/7"),
      caller: FetchFacts.Caller(worker: try SPIFFEID(parsing: "spiffe://acme.example/worker/a")))
  }
}
