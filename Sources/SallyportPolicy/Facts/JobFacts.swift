package import SallyportCore

/// What a policy looks at of a job. Names of variables and secrets, never their values.
package struct JobFacts: Hashable, Sendable {
  package struct Checkout: Hashable, Sendable {
    package let repository: RepositoryName
    /// As the job has it: a full name, or a short one that stands for a branch or a tag. Nil where
    /// the job names a commit alone.
    package let ref: String?

    package init(repository: RepositoryName, ref: String?) {
      self.repository = repository
      self.ref = ref
    }
  }

  package static let maximumArguments = 4_096
  /// Bytes of an argument: more cannot be passed to a process on Linux (MAX_ARG_STRLEN).
  package static let maximumArgumentLength = 131_072
  /// Variables, secrets and labels, each.
  package static let maximumNames = 1_024
  /// Bytes of each.
  package static let maximumNameLength = 2_048

  package let checkout: Checkout?
  package let command: [String]
  /// Nil where the job names none.
  package let image: String?
  /// Names, sorted.
  package let environment: [String]
  /// Names, sorted.
  package let secrets: [String]
  /// After which the worker would kill the job; nil where nothing bounds it.
  package let timeout: Duration?
  /// The operator's name, as the gateway states it, also of a signed job.
  package let submitter: String?
  /// Ids of the customer's keys whose signature over the job was verified.
  package let signers: [String]
  /// What the job's selector asks for.
  package let labels: [String: String]

  /// - Throws: ``InvalidFacts`` where something has no valid form or is too long or too many to be
  ///   judged in bounded time.
  package init(
    checkout: Checkout? = nil, command: [String], image: String? = nil,
    environment: some Sequence<String> = [], secrets: some Sequence<String> = [],
    timeout: Duration? = nil, submitter: String? = nil, signers: [String] = [],
    labels: [String: String] = [:]
  ) throws(InvalidFacts) {
    self.checkout = checkout
    self.command = command
    self.image = image.flatMap { $0.isEmpty ? nil : $0 }
    self.environment = environment.sorted()
    self.secrets = secrets.sorted()
    self.timeout = timeout
    self.submitter = submitter.flatMap { $0.isEmpty ? nil : $0 }
    self.signers = signers
    self.labels = labels
    try check()
  }

  /// The job's checkout, once for each ref that it may mean; a single nil where there is none.
  var targets: [GitTarget?] {
    guard let checkout else { return [nil] }
    guard let ref = checkout.ref else { return [.unadvertisedCommit] }
    return RefForm.candidates(of: ref).map { .ref($0) }
  }

  private func check() throws(InvalidFacts) {
    guard let program = command.first, !program.isEmpty else {
      throw InvalidFacts(fact: "command", reason: "the job has none")
    }
    try check("command", command, count: Self.maximumArguments, Self.maximumArgumentLength)
    try check("environment", environment)
    try check("secrets", secrets)
    try check("labels", labels.flatMap { [$0.key, $0.value] }, count: 2 * Self.maximumNames)
    try check("signers", signers)
    try check("image", [image ?? ""])
    try check("submitter", [submitter ?? ""])
    guard !targets.isEmpty else {
      throw InvalidFacts(fact: "ref", reason: "no ref can have this name")
    }
  }

  private func check(
    _ fact: String, _ texts: [String], count: Int = maximumNames, _ length: Int = maximumNameLength
  ) throws(InvalidFacts) {
    guard texts.count <= count else {
      throw InvalidFacts(fact: fact, reason: "more than \(count)")
    }
    for text in texts {
      guard text.utf8.count <= length else {
        throw InvalidFacts(fact: fact, reason: "a text longer than \(length) bytes")
      }
      guard !text.utf8.contains(0) else {
        throw InvalidFacts(fact: fact, reason: "a text with a zero byte")
      }
    }
  }
}
