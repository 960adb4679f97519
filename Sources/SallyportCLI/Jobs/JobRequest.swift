internal import SallyportBytes
package import SallyportConfig
package import SallyportCore
package import SallyportProtos
import SallyportSigning
import SwiftProtobuf

/// What is to be submitted: a job file's values, with flags in their place where given.
package struct JobRequest: Sendable, Hashable {
  package var pool: String?
  package var command: [String] = []
  package var repository: RepositoryArgument?
  package var ref: String?
  package var commit: String?
  package var environment: [String: String] = [:]
  /// Names, never values.
  package var secrets: [JobSecret] = []
  /// The first counts most.
  package var contexts: [String] = []
  package var timeout: Duration?
  package var scheduling = SchedulingRequest()
  package var idempotencyKey: String?

  package init() {}

  /// Reads a job file.
  ///
  /// - Throws: ``ErrorReport`` with exit code 65 that names the file, the line and the key.
  package init(file: String) throws(ErrorReport) {
    do {
      try self.init(document: try ConfigDocument(path: file))
    } catch {
      throw ErrorReport(error.description, exitCode: SallyportCore.ExitCode.dataError)
    }
  }

  package init(document: ConfigDocument) throws(ConfigError) {
    let values = try JobFile.schema.load(document: document, environment: [:])
    pool = values[JobFile.pool]
    command = values[JobFile.command] ?? []
    ref = values[JobFile.ref]
    commit = values[JobFile.commit]
    environment = values[JobFile.environment]
    do throws(InvalidJobSecret) {
      secrets = try values[JobFile.secrets].map { (text) throws(InvalidJobSecret) in
        try JobSecret(parsing: text)
      }
    } catch {
      throw ConfigError(
        code: .invalidValue, origin: values.origin(of: JobFile.secrets), key: "secrets",
        expected: JobSecret.expected, hint: error.description)
    }
    contexts = values[JobFile.contexts]
    timeout = values[JobFile.timeout]
    scheduling.priority = values[JobFile.priority].map { Int32($0) }
    scheduling.selector = values[JobFile.selector]
    scheduling.queueTimeout = values[JobFile.queueTimeout]
    scheduling.retryOn = values[JobFile.retryOn]
    scheduling.maximumAttempts = values[JobFile.maximumAttempts].map { UInt32($0) }
    scheduling.retryBackoff = values[JobFile.retryBackoff]
    scheduling.maximumRetryBackoff = values[JobFile.maximumRetryBackoff]
    idempotencyKey = values[JobFile.idempotencyKey]
    switch (values[JobFile.vcsPool], values[JobFile.repository]) {
    case (let pool?, let path?):
      do {
        repository = try RepositoryArgument(parsing: "\(pool):\(path)")
      } catch {
        throw ConfigError(
          code: .invalidValue, origin: values.origin(of: JobFile.repository), key: "checkout",
          expected: "a VCS pool and a repository path such as team/app.git", found: error.found)
      }
    case (nil, nil): break
    default:
      throw ConfigError(
        code: .invalidValue, origin: .file(path: document.path, line: nil), key: "checkout",
        expected: "both vcs-pool and repository", found: "one of them")
    }
  }

  /// Puts the values of `flags` that are given in the place of this request's; environments,
  /// secrets and selectors are merged.
  package mutating func override(with flags: JobRequest) {
    pool = flags.pool ?? pool
    if !flags.command.isEmpty { command = flags.command }
    repository = flags.repository ?? repository
    ref = flags.ref ?? ref
    commit = flags.commit ?? commit
    environment.merge(flags.environment) { _, new in new }
    let named = Set(flags.secrets.map(\.name))
    secrets = secrets.filter { !named.contains($0.name) } + flags.secrets
    if !flags.contexts.isEmpty { contexts = flags.contexts }
    timeout = flags.timeout ?? timeout
    scheduling.override(with: flags.scheduling)
    idempotencyKey = flags.idempotencyKey ?? idempotencyKey
  }

  /// The call to make.
  ///
  /// - Parameter newKey: The idempotency key where none was given.
  /// - Throws: ``ErrorReport`` with exit code 64 that says what is missing.
  package func submitRequest(
    newKey: String
  ) throws(ErrorReport) -> Sallyport_Operator_V1_SubmitJobRequest {
    guard let pool else { throw usage("name the worker pool with --pool") }
    guard !command.isEmpty else { throw usage("give the command after --, as in: -- make test") }
    guard repository != nil || (ref == nil && commit == nil) else {
      throw usage("--ref and --commit need a repository: --repo VCS_POOL:PATH")
    }
    if let commit {
      guard commit.isHexadecimal(digits: 40) else {
        throw usage("a commit has 40 lower-case hexadecimal digits, not '\(commit)'")
      }
    }
    guard repository == nil || ref != nil || commit != nil else {
      throw usage("say what to check out: --ref NAME, --commit SHA or both")
    }
    do throws(InvalidJobSecret) {
      try secrets.check(beside: environment.keys)
    } catch {
      throw usage(error.description)
    }
    var request = Sallyport_Operator_V1_SubmitJobRequest()
    request.pool = pool
    request.idempotencyKey = idempotencyKey ?? newKey
    request.spec = spec
    request.scheduling = scheduling.message
    return request
  }

  private var spec: Sallyport_Worker_V1_JobSpec {
    var spec = Sallyport_Worker_V1_JobSpec()
    spec.command = command
    spec.environment = environment
    spec.secrets = secrets.map(\.message)
    spec.contexts = contexts
    if let repository {
      spec.checkout.vcsPool = repository.pool.rawValue
      spec.checkout.repository = repository.path
      spec.checkout.ref = ref ?? ""
      spec.checkout.commit = commit ?? ""
    }
    if let timeout { spec.timeout = timeout.proto }
    return spec
  }

  /// What `--secret` was given.
  ///
  /// - Throws: ``ErrorReport`` with exit code 64, without what was given: it may be a value.
  static func secrets(_ texts: [String]) throws(ErrorReport) -> [JobSecret] {
    do throws(InvalidJobSecret) {
      return try texts.map { (text) throws(InvalidJobSecret) in try JobSecret(parsing: text) }
    } catch {
      throw ErrorReport(error.description, exitCode: SallyportCore.ExitCode.usage)
    }
  }

  private func usage(_ message: String) -> ErrorReport {
    ErrorReport(message, exitCode: SallyportCore.ExitCode.usage)
  }
}

extension Duration {
  var proto: Google_Protobuf_Duration {
    let (seconds, attoseconds) = components
    return Google_Protobuf_Duration(seconds: seconds, nanos: Int32(attoseconds / 1_000_000_000))
  }
}
