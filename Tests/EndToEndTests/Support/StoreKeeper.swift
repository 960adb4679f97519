import FoundationEssentials
import Testing

/// Who looks after the keys of a stack's gateway.
struct StoreKeeper: Sendable {
  let stack: Stack
  /// Of whatever is run: master keys may be in it.
  var environment: [String: String] = [:]

  var config: String { "\(stack.data)/gateway/gateway.yaml" }

  func keys(_ arguments: String...) async throws -> CommandResult {
    try await stack.executables.run(
      "sallyport-gateway", ["keys"] + arguments + ["--config", config], environment: environment)
  }

  /// Runs a command of `keys` that is killed, with SIGKILL, as one of its threads is about to make
  /// something durable for the given time.
  ///
  /// - Returns: Whether it was killed; otherwise it has come to its end before.
  func keysKilled(atSync count: Int, _ arguments: String...) async throws -> Bool {
    let syncs = "fsync,fdatasync,rename,renameat,renameat2,link,linkat"
    let result = try await stack.executables.run(
      "/usr/bin/strace",
      [
        "-f", "-qq", "-o", "/dev/null", "-e", "trace=\(syncs)", "-e",
        "inject=\(syncs):signal=KILL:when=\(count)",
        "\(stack.executables.folder)/sallyport-gateway", "keys",
      ] + arguments + ["--config", config], environment: environment)
    try #require([0, 128 + 9].contains(result.status), "\(result.status): \(result.errorText)")
    return result.status != 0
  }

  /// Adds lines below `store:`, which is last.
  func configure(_ lines: String) throws {
    try Data((configuration() + lines).utf8).write(to: URL(filePath: config))
  }

  /// The new master key takes the place of the one that `init` has made.
  func useNewMasterKey() throws {
    let text = try configuration().replacing("  master-key:\n    file: master.key\n", with: "")
      .replacing("new-master-key:", with: "master-key:")
    try Data(text.utf8).write(to: URL(filePath: config))
  }

  private func configuration() throws -> String {
    try String(contentsOfFile: config, encoding: .utf8)
  }
}
