import ArgumentParser
import SallyportConfig
import SallyportCore
import SallyportPolicy

struct PolicyTest: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test", abstract: "Say how a worker's admission policy decides about a job.",
    discussion: """
      Works without a gateway and runs nothing. Shows every rule in order, and of each that does not \
      match what does not hold. Ends with 0 where the job is allowed, with 1 where it is denied, with \
      78 where the policy is not valid.

      A job that 'job sign' made counts as signed by the keys that it names: whether they have is \
      for 'job verify' to say.
      """)

  @Option(help: "File of the policy.", completion: .file())
  var policy: String

  @Option(help: "A job file, or a job that 'job sign' made.", completion: .file())
  var job: String

  @Option(help: "Name of the operator who would submit the job.")
  var submitter: String?

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let explanation = try loadedPolicy().explain(try PolicyTestJob(file: job), submitter: submitter)
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

  private func loadedPolicy() throws(ConfigError) -> AdmissionPolicy {
    let bytes: [UInt8]
    do {
      bytes = try BoundedFile.read(policy, limit: AdmissionPolicy.maximumFileSize)
    } catch {
      throw ConfigError(
        code: .unreadableFile, origin: .file(path: policy, line: nil), found: "\(error)")
    }
    return try AdmissionPolicy(parsing: bytes, path: policy, for: .worker)
  }
}

extension AdmissionPolicy {
  fileprivate func explain(_ job: PolicyTestJob, submitter: String?) -> PolicyExplanation {
    do throws(InvalidFacts) {
      return explain(try job.facts(submitter: submitter))
    } catch {
      return PolicyExplanation(denied: error)
    }
  }
}
