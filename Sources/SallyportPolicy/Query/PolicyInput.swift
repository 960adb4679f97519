internal import FoundationEssentials
package import SallyportCore

/// What is asked of an Open Policy Agent: the body of a request of its Data API,
/// `POST /v1/data/<decision path>`.
///
/// Holds names of variables and secrets, never their values.
package struct PolicyInput: Hashable, Sendable {
  /// Bytes of the body.
  package static let maximumLength = 1 << 20

  /// The signed job under which is fetched.
  package struct Grant: Hashable, Sendable, Encodable {
    package let job: JobID
    package let ref: String?
    package let commit: String?

    package init(job: JobID, ref: String?, commit: String?) {
      self.job = job
      self.ref = ref
      self.commit = commit
    }

    private enum Key: String, CodingKey { case job, ref, commit }

    package func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      try container.encode(job.rawValue, forKey: .job)
      try container.encode(ref, forKey: .ref)
      try container.encode(commit, forKey: .commit)
    }
  }

  /// Who asks.
  package let program: PolicyProgram
  /// `{"input": {...}}`. Every field is there, null where the job has nothing.
  package let body: [UInt8]

  /// - Parameter ref: One of the refs that the policy file allows; nil for a job without checkout,
  ///   or with a commit alone.
  /// - Throws: ``PolicyQueryError/Code/inputTooLarge``.
  package init(_ job: JobFacts, ref: String?) throws(PolicyQueryError) {
    var fields = Fields(program: .worker)
    fields.repository = job.checkout?.repository.rawValue
    fields.ref = ref
    fields.unadvertisedCommit = job.checkout.map { $0.ref == nil } ?? false
    fields.command = job.command
    fields.image = job.image
    fields.environment = job.environment
    fields.secrets = job.secrets
    fields.timeoutSeconds = job.timeout.map(Self.wholeSeconds)
    fields.submitter = job.submitter
    fields.signers = job.signers
    fields.labels = job.labels
    try self.init(fields)
  }

  /// A VCS agent asks about a repository and a caller, not about each ref: the answer says which
  /// refs are allowed.
  ///
  /// - Throws: ``PolicyQueryError/Code/inputTooLarge``.
  package init(
    repository: RepositoryName, caller: FetchFacts.Caller, grant: Grant? = nil
  ) throws(PolicyQueryError) {
    var fields = Fields(program: .agent)
    fields.repository = repository.rawValue
    fields.signers = caller.signers
    fields.worker = caller.worker.uri
    fields.grant = grant
    try self.init(fields)
  }

  /// A question about nothing, whose answer is not obeyed: whether there is one.
  ///
  /// - Throws: ``PolicyQueryError/Code/inputTooLarge``, never in fact.
  package init(checking program: PolicyProgram) throws(PolicyQueryError) {
    var fields = Fields(program: program)
    fields.isCheck = true
    try self.init(fields)
  }

  private init(_ fields: Fields) throws(PolicyQueryError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(["input": fields]), data.count <= Self.maximumLength else {
      throw PolicyQueryError(.inputTooLarge)
    }
    program = fields.program
    body = Array(data)
  }

  /// Rounded up, so that no timeout seems shorter than it is.
  private static func wholeSeconds(_ duration: Duration) -> Int64 {
    let (seconds, attoseconds) = duration.components
    return attoseconds > 0 && seconds < .max ? seconds + 1 : seconds
  }

  private struct Fields: Encodable {
    let program: PolicyProgram
    var isCheck = false
    var repository: String?
    var ref: String?
    var unadvertisedCommit = false
    var command: [String] = []
    var image: String?
    var environment: [String] = []
    var secrets: [String] = []
    var timeoutSeconds: Int64?
    var submitter: String?
    var signers: [String] = []
    var labels: [String: String] = [:]
    var worker: String?
    var grant: Grant?

    init(program: PolicyProgram) { self.program = program }

    private enum Key: String, CodingKey {
      case version, program, check, repository, ref, command, image, environment, secrets
      case submitter, signed, signers, labels, worker, grant
      case unadvertisedCommit = "unadvertised_commit"
      case timeoutSeconds = "timeout_seconds"
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      try container.encode(1, forKey: .version)
      try container.encode(program, forKey: .program)
      try container.encode(isCheck, forKey: .check)
      try container.encode(repository, forKey: .repository)
      try container.encode(signers, forKey: .signers)
      try container.encode(!signers.isEmpty, forKey: .signed)
      if program == .agent {
        try container.encode(worker, forKey: .worker)
        try container.encode(grant, forKey: .grant)
        return
      }
      try container.encode(ref, forKey: .ref)
      try container.encode(unadvertisedCommit, forKey: .unadvertisedCommit)
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
