import SallyportConfig
import SallyportCore
import SallyportPolicy
import SallyportSigning

/// A job as `policy test` takes it: a job file, or the file of a signed job.
struct PolicyTestJob {
  private enum Content {
    case request(JobRequest)
    case signed(SignedJobFile)
  }

  private let content: Content

  /// - Throws: ``ErrorReport`` with exit code 65, naming the file.
  init(file: String) throws(ErrorReport) {
    let bytes: [UInt8]
    do {
      bytes = try BoundedFile.read(file, limit: DSSEEnvelope.maximumLength)
    } catch {
      throw ErrorReport("\(file): \(error)", exitCode: SallyportCore.ExitCode.dataError)
    }
    // An envelope is one JSON object; a job file is a YAML table in lines.
    let isSigned = bytes.first == UInt8(ascii: "{")
    content =
      isSigned ? .signed(try SignedJobFile(file)) : .request(try JobRequest(file: file))
  }

  /// What a worker's policy would look at.
  func facts(submitter: String?) throws(InvalidFacts) -> JobFacts {
    switch content {
    case .request(let request):
      return try JobFacts(
        checkout: try Self.checkout(request), command: request.command,
        environment: Self.variables(request.environment, request.secrets),
        secrets: request.secrets.map(\.name.rawValue), timeout: request.timeout,
        submitter: submitter)
    case .signed(let file):
      let statement = file.statement
      return try JobFacts(
        checkout: statement.checkout.map { .init(repository: $0.repository, ref: $0.ref) },
        command: statement.command, image: statement.image,
        environment: Self.variables(statement.environment, statement.secrets),
        secrets: statement.secrets.map(\.name.rawValue),
        timeout: statement.timeoutSeconds.map { .seconds($0) }, submitter: submitter,
        signers: file.signers, labels: statement.selector)
    }
  }

  /// A secret that comes in a variable of another name is a variable that the submitter named.
  private static func variables(
    _ environment: [String: String], _ secrets: [JobSecret]
  ) -> [String] {
    environment.keys + secrets.compactMap(\.renamedVariable)
  }

  private static func checkout(
    _ request: JobRequest
  ) throws(InvalidFacts) -> JobFacts.Checkout? {
    guard let path = request.repository?.path else { return nil }
    guard let repository = try? RepositoryName(path) else {
      throw InvalidFacts(fact: "repository", reason: "not a valid name")
    }
    return JobFacts.Checkout(repository: repository, ref: request.ref)
  }
}
