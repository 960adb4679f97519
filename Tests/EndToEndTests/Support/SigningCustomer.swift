import FoundationEssentials
import Testing

/// A customer whose worker and VCS agent serve signed jobs only.
struct SigningCustomer: Sendable {
  let stack: Stack
  private let folder: String

  /// Runs `body` against a stack, with a key that both sides trust.
  static func with(
    _ body: @escaping @Sendable (SigningCustomer) async throws -> Void
  ) async throws {
    try await TemporaryFolder.with { folder in
      let made = try await Executables().run("sallyport", ["key", "create", "\(folder)/release"])
      try #require(made.status == 0, "\(made.errorText)")
      try Data().write(to: URL(filePath: "\(folder)/revoked"))
      var environment: [String: String] = [
        "SALLYPORT_WORKER_REQUIRE_SIGNATURE": "true",
        "SALLYPORT_VCS_AGENT_REQUIRE_GRANT": "true",
      ]
      for program in ["WORKER", "VCS_AGENT"] {
        environment["SALLYPORT_\(program)_SIGNING_KEYS_TRUSTED"] = "\(folder)/release.pub"
        environment["SALLYPORT_\(program)_SIGNING_KEYS_REVOKED"] = "\(folder)/revoked"
      }
      try await Stack.with(environment: environment, store: .plain) { stack in
        try await body(SigningCustomer(stack: stack, folder: folder))
      }
    }
  }

  /// Signs a job.
  ///
  /// - Returns: The file.
  func sign(_ options: [String] = [], command: [String]) async throws -> String {
    let file = "\(stack.data)/signed-\(UInt32.random(in: .min ... .max)).json"
    let signed = try await stack.executables.run(
      "sallyport",
      [
        "job", "sign", "--key", "\(folder)/release", "--tenant", try enrollment("tenant"),
        "--external-id", try enrollment("external_id"), "--pool", "builders", "--out", file,
      ] + options + ["--"] + command)
    try #require(signed.status == 0, "\(signed.errorText)")
    return file
  }

  /// Submits a signed job without waiting for it.
  ///
  /// - Returns: Its id.
  func submit(_ file: String) async throws -> String {
    let result = try await stack.sallyport("job", "submit", "--signed", file)
    try #require(result.status == 0, "\(result.errorText)")
    return result.text.filter { !$0.isNewline }
  }

  /// Signs, submits and follows a job.
  func run(_ options: [String] = [], command: [String]) async throws -> Stack.ShownJob {
    let id = try await submit(try await sign(options, command: command))
    return try await end(of: id)
  }

  func end(of job: String) async throws -> Stack.ShownJob {
    _ = try await stack.sallyport("job", "logs", "--follow", job)
    return try await stack.show(job)
  }

  func revokeKey() async throws {
    let shown = try await stack.sallyport(
      "key", "show", "\(folder)/release.pub", "--output", "json")
    let key = try JSONDecoder().decode([String: String].self, from: Data(shown.output))
    let id = try #require(key["key_id"])
    try Data("\(id)\n".utf8).write(to: URL(filePath: "\(folder)/revoked"))
  }

  /// What the worker remembers of its enrollment.
  private func enrollment(_ member: String) throws -> String {
    let file = "\(stack.data)/worker-1/enrollment.json"
    let record = try JSONDecoder().decode(
      [String: EnrollmentValue].self, from: Data(contentsOf: URL(filePath: file)))
    guard member == "tenant" else { return try #require(record[member]?.text) }
    let segments = try #require(record["spiffe_id"]?.text).split(separator: "/")
    let place = try #require(segments.firstIndex(of: "tenant"))
    return String(segments[place + 1])
  }

  private struct EnrollmentValue: Decodable {
    let text: String?

    init(from decoder: any Decoder) throws {
      text = try? decoder.singleValueContainer().decode(String.self)
    }
  }
}
