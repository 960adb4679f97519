import FoundationEssentials
import Subprocess
import SystemPackage
import Testing

extension Stack {
  /// What `job show --output json` says, as far as tests ask.
  struct ShownJob: Decodable, Sendable {
    let id: String
    let state: String
    let epoch: Int
    let commit: String?
    let exitCode: Int?
    let reason: String?
    let logState: String
    let relayBytesToWorker: Int
    let waitingFor: String?
    let startedAt: String?
    let finishedAt: String?
    let attempts: [ShownAttempt]?

    enum CodingKeys: String, CodingKey {
      case id, state, epoch, commit, reason, attempts
      case waitingFor = "waiting_for"
      case startedAt = "started_at"
      case finishedAt = "finished_at"
      case exitCode = "exit_code"
      case logState = "log_state"
      case relayBytesToWorker = "relay_bytes_to_worker"
    }
  }

  struct ShownAttempt: Decodable, Sendable {
    let epoch: Int
    let outcome: String?
  }

  struct FollowedJob: Sendable {
    let id: String
    /// Of `job submit --follow`.
    let result: CommandResult
  }

  /// Submits a job to the worker pool and follows it to its end.
  nonisolated func submit(_ options: [String], command: [String]) async throws -> FollowedJob {
    let file = "\(data)/job-\(UInt32.random(in: .min ... .max))"
    let result = try await sallyport(
      ["job", "submit", "--pool", "builders", "--job-id-file", file, "--follow"] + options
        + ["--"] + command)
    let id = try #require(
      try? String(contentsOfFile: file, encoding: .utf8), "not accepted: \(result.errorText)")
    return FollowedJob(id: id.filter { !$0.isNewline }, result: result)
  }

  /// Submits a job and returns its id at once.
  nonisolated func submitWithoutFollowing(_ options: [String], command: [String]) async throws
    -> String
  {
    let result = try await sallyport(
      ["job", "submit", "--pool", "builders", "--output", "json"] + options + ["--"] + command)
    try #require(result.status == 0, "not accepted: \(result.errorText)")
    return try JSONDecoder().decode(ShownJob.self, from: Data(result.output)).id
  }

  /// The first line of a running job's standard output, as soon as the gateway has it.
  nonisolated func firstLine(of job: String, identity: String) async throws -> String {
    let arguments = [
      "60", "\(executables.folder)/sallyport", "job", "logs", "-f", "--identity", identity, job,
    ]
    return try await Subprocess.run(
      .path("/usr/bin/timeout"), arguments: Arguments(arguments),
      environment: Executables.environment(await environment()), input: .none,
      output: .sequence, error: .discarded
    ) { execution in
      var said: [UInt8] = []
      for try await piece in execution.standardOutput {
        piece.withUnsafeBytes { said.append(contentsOf: $0) }
        if said.contains(UInt8(ascii: "\n")) { break }
      }
      try execution.send(signal: .terminate)
      return String(decoding: said.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }.closureResult
  }

  /// Calls `body` with the process id of a `sallyport` that follows the job's log and has shown some.
  nonisolated func whileFollowing(
    _ job: String, _ body: @Sendable (Int32) async throws -> Void
  ) async throws {
    try await Subprocess.run(
      .path(FilePath("\(executables.folder)/sallyport")),
      arguments: Arguments(["job", "logs", "-f", job]),
      environment: Executables.environment(await environment()), input: .none,
      output: .sequence, error: .discarded
    ) { execution in
      for try await _ in execution.standardOutput { break }
      try await body(execution.processIdentifier.value)
      try execution.send(signal: .terminate)
    }.closureResult
  }

  nonisolated func show(_ job: String) async throws -> ShownJob {
    let result = try await sallyport("job", "show", "--output", "json", job)
    try #require(result.status == 0, "job show: \(result.errorText)")
    return try JSONDecoder().decode(ShownJob.self, from: Data(result.output))
  }

  /// Runs git in the repository that the on-prem server serves; its output without line end.
  nonisolated func git(_ arguments: String...) async throws -> String {
    let result = try await executables.run(
      "/usr/bin/git", ["-C", "\(data)/repositories/team/app.git"] + arguments)
    try #require(result.status == 0, "git \(arguments): \(result.errorText)")
    return result.text.trimmingSuffix { $0.isNewline }
  }

  /// Adds a commit with one file to the main branch of the served repository.
  nonisolated func commitFile(_ name: String, _ content: String) async throws {
    let work = "\(data)/work-\(UInt32.random(in: .min ... .max))"
    try await mustRun("git", ["clone", "--quiet", "\(data)/repositories/team/app.git", work])
    try Data(content.utf8).write(to: URL(filePath: "\(work)/\(name)"))
    try await mustRun("git", ["-C", work, "add", "--all"])
    try await mustRun(
      "git",
      [
        "-C", work, "-c", "user.name=Test", "-c", "user.email=test@example.invalid", "commit",
        "--quiet", "-m", "Add \(name)",
      ])
    try await mustRun("git", ["-C", work, "push", "--quiet", "origin", "HEAD:main"])
  }

  nonisolated func mustRun(_ program: String, _ arguments: [String]) async throws {
    let result = try await executables.run("/usr/bin/\(program)", arguments)
    try #require(result.status == 0, "\(program) \(arguments): \(result.errorText)")
  }
}

extension String {
  fileprivate func trimmingSuffix(while matches: (Character) -> Bool) -> String {
    var text = self[...]
    while let last = text.last, matches(last) { text.removeLast() }
    return String(text)
  }
}
