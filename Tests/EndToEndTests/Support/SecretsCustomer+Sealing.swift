import FoundationEssentials
import Testing

extension SecretsCustomer {
  /// What `secret list --output json` says, as far as tests ask.
  struct ListedSecret: Decodable, Hashable {
    let name: String
    let version: Int
  }

  /// A new key of a worker pool.
  ///
  /// - Returns: The file of the private key; the public one is beside it.
  func makePoolKey(_ name: String) async throws -> String {
    let key = "\(folder)/\(name)"
    let made = try await Executables().run("sallyport", ["sealing-key", "create", key])
    try #require(made.status == 0, "\(made.errorText)")
    return key
  }

  /// Certifies a pool key with the stack's trust root, and publishes it.
  func publish(_ key: String, at stack: Stack) async throws {
    try await certify(key, of: stack, with: "\(stack.data)/trust-root")
    try await mustSucceed(
      [
        "pool-key", "publish", "\(key).pem", "--pool", "builders", "--trust-root",
        "\(stack.data)/trust-root/root.pem",
      ], at: stack)
  }

  /// - Parameter root: The folder of a trust root.
  func certify(_ key: String, of stack: Stack, with root: String) async throws {
    try await mustSucceed(
      [
        "sealing-key", "certify", "--dir", root, "--tenant", try await stack.tenant(), "--pool",
        "builders", "--key", "\(key).pub", "--out", "\(key).pem",
      ], at: stack)
  }

  /// Seals a value that comes from standard input.
  func set(
    _ value: String, as name: String = "DEPLOY_KEY", in context: String = "release", at stack: Stack
  ) async throws -> CommandResult {
    let file = try write(value, to: "value")
    return try await stack.executables.run(
      "/bin/sh", ["-c", #"exec "$@" < "$0""#, file] + setting(name, context, at: stack),
      environment: await stack.environment())
  }

  /// Types at the prompt of a terminal.
  ///
  /// - Returns: What `type_value.py` says.
  func type(_ text: String, at stack: Stack) async throws -> String {
    let result = try await stack.executables.run(
      "/usr/bin/python3",
      ["\(Self.resources)/type_value.py", text] + setting("DEPLOY_KEY", "release", at: stack),
      environment: await stack.environment())
    try #require(result.status == 0, "\(result.errorText)")
    return result.text
  }

  private func setting(_ name: String, _ context: String, at stack: Stack) -> [String] {
    [
      "\(stack.executables.folder)/sallyport", "secret", "set", name, "--context", context,
      "--pool", "builders", "--trust-root", "\(stack.data)/trust-root/root.pem", "--output", "json",
    ]
  }

  func listed(at stack: Stack) async throws -> [ListedSecret] {
    struct Page: Decodable { let secrets: [ListedSecret] }
    let result = try await mustSucceed(
      ["secret", "list", "--context", "release", "--output", "json"], at: stack)
    return try JSONDecoder().decode(Page.self, from: Data(result.output)).secrets
  }

  @discardableResult
  func mustSucceed(_ arguments: [String], at stack: Stack) async throws -> CommandResult {
    let result = try await stack.sallyport(arguments)
    try #require(result.status == 0, "\(arguments): \(result.errorText)")
    return result
  }
}
