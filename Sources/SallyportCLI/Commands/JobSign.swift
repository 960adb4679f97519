import ArgumentParser
import Glibc
import SallyportConfig
import SallyportCore
import SallyportIdentity
import SallyportSigning

struct JobSign: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sign", abstract: "Sign a job, for workers that run signed jobs only.",
    usage:
      "sallyport job sign --key FILE --tenant T --external-id ID --pool POOL [OPTIONS] -- COMMAND...",
    discussion: """
      Works without a gateway. Command, environment, checkout, timeout, labels and pools are signed, \
      with the tenant, its external ID, a new job id and the time in which the job may begin; \
      priority, queue timeout and retries are not, and are given to 'job submit --signed'. A job \
      runs as often as --runs says, retries included.

      The external ID is the one that workers have pinned: 'external_id' in enrollment.json of a \
      worker's state directory.
      """)

  @OptionGroup var job: JobOptions
  @OptionGroup(title: "Scheduling") var scheduling: SchedulingOptions

  @Option(help: "File of the private key.", completion: .file())
  var key: String

  @Option(help: "Name of the tenant.")
  var tenant: String

  @Option(name: .customLong("external-id"), help: "External ID of the tenant.")
  var externalID: String

  @Option(
    name: .customLong("valid-for"),
    help: ArgumentHelp("From now, or from --not-before, to expiry.", valueName: "duration"),
    transform: { try DurationText.parse($0) })
  var validFor: Duration = .seconds(86_400)

  @Option(
    name: .customLong("not-before"),
    help: "When the job may begin at the earliest, such as 2026-11-21T20:00:00Z. Default: now.")
  var notBefore: String?

  @Option(help: "How often the job may begin. Default: --max-attempts, or once.")
  var runs: Int?

  @Option(help: "File to write the signed job to. Default: standard output.", completion: .file())
  var out: String?

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard validFor >= .seconds(1), validFor <= .seconds(366 * 86_400) else {
      throw ValidationError("--valid-for is from 1s to 366d.")
    }
    if let runs, !(1...JobStatement.maximumRuns).contains(runs) {
      throw ValidationError("--runs is from 1 to \(JobStatement.maximumRuns).")
    }
  }

  func run() async throws {
    let statement = try job.request(scheduling.request).statement(for: try terms())
    let signed = try SignedJob.sign(statement, with: try JobSigningKey(file: key))
    let text = signed.envelope + [UInt8(ascii: "\n")]
    guard let out else {
      return try await CommandContext.required().console.write(text, to: .output)
    }
    try DurableFile.replace(out, contents: text, mode: .readableByAll)
    try await global.show(SignedJobView(statement, signer: signed.signer, file: out))
  }

  private func terms() throws -> StatementTerms {
    guard let externalID = ExternalID(externalID) else {
      throw ErrorReport(
        "an external ID has 32 lower-case hexadecimal digits",
        exitCode: SallyportCore.ExitCode.usage)
    }
    var start = StatementTime(seconds: Int64(time(nil)))
    if let notBefore {
      guard let time = StatementTime(notBefore) else {
        throw ErrorReport(
          "--not-before is a time in UTC such as 2026-11-21T20:00:00Z, not '\(notBefore)'",
          exitCode: SallyportCore.ExitCode.usage)
      }
      start = time
    }
    return StatementTerms(
      job: .random(), tenant: try TenantName(tenant), externalID: externalID, notBefore: start,
      expires: StatementTime(seconds: start.seconds + validFor.components.seconds), runs: runs)
  }
}
