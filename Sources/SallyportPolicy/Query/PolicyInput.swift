internal import FoundationEssentials
package import SallyportCore

/// What is asked of an Open Policy Agent: the body of a request of its Data API,
/// `POST /v1/data/<decision path>`.
///
/// Holds names of variables and secrets, never their values.
package struct PolicyInput: Hashable, Sendable {
  /// Bytes of the body.
  package static let maximumLength = 1 << 20

  /// `{"input": {...}}`. Every field is there, null where the job has nothing.
  package let body: [UInt8]

  /// - Parameter ref: One of the refs that the policy file allows; nil for a job without checkout,
  ///   or with a commit alone.
  /// - Throws: ``PolicyQueryError/Code/inputTooLarge``.
  package init(_ job: JobFacts, ref: String?) throws(PolicyQueryError) {
    try self.init(
      Fields(
        program: .worker, repository: job.checkout?.repository.rawValue, ref: ref,
        unadvertisedCommit: job.checkout.map { $0.ref == nil } ?? false, command: job.command,
        image: job.image, environment: job.environment, secrets: job.secrets,
        timeoutSeconds: job.timeout.map(Self.wholeSeconds), submitter: job.submitter,
        signers: job.signers, labels: job.labels, worker: nil))
  }

  /// A VCS agent asks about a repository and a caller, not about each ref.
  ///
  /// - Throws: ``PolicyQueryError/Code/inputTooLarge``.
  package init(
    repository: RepositoryName, caller: FetchFacts.Caller
  ) throws(PolicyQueryError) {
    try self.init(
      Fields(
        program: .agent, repository: repository.rawValue, ref: nil, unadvertisedCommit: false,
        command: [],
        image: nil, environment: [], secrets: [], timeoutSeconds: nil, submitter: nil,
        signers: caller.signers, labels: [:], worker: caller.worker.uri))
  }

  private init(_ fields: Fields) throws(PolicyQueryError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(["input": fields]), data.count <= Self.maximumLength else {
      throw PolicyQueryError(.inputTooLarge)
    }
    body = Array(data)
  }

  /// Rounded up, so that no timeout seems shorter than it is.
  private static func wholeSeconds(_ duration: Duration) -> Int64 {
    let (seconds, attoseconds) = duration.components
    return attoseconds > 0 && seconds < .max ? seconds + 1 : seconds
  }

  private struct Fields: Encodable {
    let program: PolicyProgram
    let repository: String?
    let ref: String?
    let unadvertisedCommit: Bool
    let command: [String]
    let image: String?
    let environment: [String]
    let secrets: [String]
    let timeoutSeconds: Int64?
    let submitter: String?
    let signers: [String]
    let labels: [String: String]
    let worker: String?

    private enum Key: String, CodingKey {
      case version, program, repository, ref, command, image, environment, secrets, submitter
      case signed, signers, labels, worker
      case unadvertisedCommit = "unadvertised_commit"
      case timeoutSeconds = "timeout_seconds"
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      try container.encode(1, forKey: .version)
      try container.encode(program, forKey: .program)
      try container.encode(repository, forKey: .repository)
      try container.encode(ref, forKey: .ref)
      try container.encode(unadvertisedCommit, forKey: .unadvertisedCommit)
      try container.encode(signers, forKey: .signers)
      try container.encode(!signers.isEmpty, forKey: .signed)
      if program == .agent {
        try container.encode(worker, forKey: .worker)
        return
      }
      try container.encode(command, forKey: .command)
      try container.encode(image, forKey: .image)
      try container.encode(environment, forKey: .environment)
      try container.encode(secrets, forKey: .secrets)
      try container.encode(timeoutSeconds, forKey: .timeoutSeconds)
      try container.encode(submitter, forKey: .submitter)
      try container.encode(labels, forKey: .labels)
    }
  }
}
