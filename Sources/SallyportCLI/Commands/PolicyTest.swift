import ArgumentParser
import SallyportConfig
import SallyportCore
import SallyportPolicy

struct PolicyTest: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test", abstract: "Say how an admission policy decides about a job.",
    discussion: """
      Works without a gateway and runs nothing. Shows every rule in order, and of each that does not \
      match what does not hold. Ends with 0 where the job is allowed, with 1 where it is denied, with \
      78 where the policy is not valid.

      The policy of a VCS agent, with --program vcs-agent, decides about what the job would fetch: \
      only repository, ref and commit of the job count.

      A job that 'job sign' made counts as signed by the keys that it names: whether they have is \
      for 'job verify' to say.
      """)

  @Option(help: "File of the policy.", completion: .file())
  var policy: String

  @Option(help: "A job file, or a job that 'job sign' made.", completion: .file())
  var job: String

  @Option(help: "Whose policy it is.")
  var program = PolicyTestProgram.worker

  @Option(help: "Name of the operator who would submit the job; not for a VCS agent.")
  var submitter: String?

  @Option(
    help: ArgumentHelp(
      "SPIFFE ID of the worker that would fetch, by the customer's trust root; for a VCS agent.",
      valueName: "spiffe-id"))
  var worker: String?

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let explanation = try explain(try loadedPolicy(), try PolicyTestJob(file: job))
    let text =
      switch global.output {
      case .table: explanation.text
      case .json: try JSONOutput.document(explanation)
      }
    try await CommandContext.required().console.write(Array(text.utf8), to: .output)
    guard explanation.decision.isAllowed else {
      throw ErrorReport(nil, exitCode: SallyportCore.ExitCode.failure)
    }
  }

  func validate() throws {
    switch program {
    case .worker where worker != nil:
      throw ValidationError("--worker is for --program vcs-agent: a worker's policy has no workers")
    case .agent where submitter != nil:
      throw ValidationError("--submitter is for a worker's policy: a VCS agent knows of none")
    case .agent where worker == nil:
      throw ValidationError("--program vcs-agent needs --worker: who would fetch")
    default: break
    }
  }

  private func explain(
    _ policy: AdmissionPolicy, _ job: PolicyTestJob
  ) throws -> PolicyExplanation {
    let caller = try worker.map { try identity($0) }
    do throws(InvalidFacts) {
      let facts = try job.facts(submitter: submitter)
      guard let caller else { return policy.explain(facts) }
      return policy.explain(
        fetchOf: facts, by: FetchFacts.Caller(worker: caller, signers: facts.signers))
    } catch {
      return PolicyExplanation(denied: error)
    }
  }

  private func identity(_ text: String) throws -> SPIFFEID {
    do {
      return try SPIFFEID(parsing: text)
    } catch {
      throw ErrorReport("--worker: \(error)", exitCode: SallyportCore.ExitCode.usage)
    }
  }

  private func loadedPolicy() throws(ConfigError) -> AdmissionPolicy {
    let bytes: [UInt8]
    do {
      bytes = try BoundedFile.read(policy, limit: AdmissionPolicy.maximumFileSize)
    } catch {
      throw ConfigError(
        code: .unreadableFile, origin: .file(path: policy, line: nil), found: "\(error)")
    }
    return try AdmissionPolicy(parsing: bytes, path: policy, for: program.policyProgram)
  }
}

/// Whose policy `policy test` explains.
enum PolicyTestProgram: String, CaseIterable, ExpressibleByArgument {
  case worker
  case agent = "vcs-agent"

  var policyProgram: PolicyProgram {
    switch self {
    case .worker: .worker
    case .agent: .agent
    }
  }
}
