import FoundationEssentials
import Glibc
import Testing

/// Everybody on a host reads the arguments of its processes: every execution of everything is looked
/// at, as it happens.
@Suite(.serialized, .enabled(if: geteuid() == 0), .timeLimit(.minutes(5))) struct ExecutionTests {
  /// Through all that has a secret to do with: enrollment, sealing, providers, both kinds of delivery,
  /// keys of the store.
  @Test func noProgramIsEverGivenASecretAsAnArgument() async throws {
    let (provided, sealed, variable) = (Canary(), Canary(), Canary())
    try await SecretsCustomer.with { customer in
      let key = try await customer.makePoolKey("pool-key")
      try customer.write(provided.value, to: "provided")
      try customer.write(sealed.value, to: "sealed")
      try customer.write(variable.value, to: "variable")
      var environment = try customer.secrets(
        """
          - {name: TOKEN, command: [cat, \(customer.folder)/provided], jobs: every}
          - {name: key, file: provided, jobs: every}
          - {name: DEPLOY_KEY, sealed: release, jobs: every}
        """)
      environment["SALLYPORT_WORKER_SECRETS_POOL_KEYS"] = key
      try await Stack.with(environment: environment, in: .traced) { stack in
        try await customer.certify(key, of: stack, with: "\(stack.data)/trust-root")
        let root = ["--trust-root", "\(stack.data)/trust-root/root.pem"]
        let context = ["--context", "release"]
        let token = "\(customer.folder)/token"
        for command in [
          ["context", "create", "release"],
          ["pool-key", "publish", "\(key).pem", "--pool", "builders"] + root,
          ["secret", "set", "DEPLOY_KEY", "--pool", "builders"] + context + root
            + ["--from-file", "\(customer.folder)/sealed"],
          ["variable", "set", "PLAIN", "--from-file", "\(customer.folder)/variable"] + context,
          ["token", "create", "--pool", "builders", "--token-file", token],
          [
            "job", "submit", "--pool", "builders", "--repo", "on-prem:team/app.git", "--ref",
            "main", "--secret", "TOKEN", "--secret", "key=file:key", "--secret", "DEPLOY_KEY",
            "--follow",
          ] + context + ["--", "sh", "-c", Self.use],
        ] {
          #expect(try await stack.commandLine(command) == 0, "\(command): \(stack.log("cli"))")
        }
        let secrets = [
          (provided.value, "TOKEN"), (sealed.value, "DEPLOY_KEY"), (variable.value, "PLAIN"),
          (try line(of: "\(stack.data)/gateway/master.key"), nil), (try line(of: token), nil),
          (try line(of: "\(stack.data)/git-password"), nil),
        ]
        let executions = try self.executions(of: stack)
        for (value, name) in secrets {
          let seen = executions.split(separator: "\n").filter { $0.contains(value) }
          // In the environment of what the job itself runs, under the name that it asked for.
          let elsewhere = seen.filter { line in
            let own = name.map { "\"\($0)=\(value)\"" }
            return own.map { line.replacing($0, with: "") }?.contains(value) ?? true
          }
          #expect(elsewhere.isEmpty, "\(name ?? "another"): \(elsewhere.map { $0.prefix(200) })")
          #expect(
            name == nil || seen.contains { $0.contains(Self.mark) }, "the job has \(name ?? "")")
        }
        for program in ["worker", "vcs-agent", "gateway", ""] {
          #expect(executions.contains("/sallyport\(program.isEmpty ? "" : "-")\(program)\", ["))
        }
      }
    }
  }

  private static let mark = "seen-by-the-trace"
  private static let use = "cat $SALLYPORT_SECRETS_DIR/key > /dev/null; /bin/true \(mark)"

  private func line(of file: String) throws -> String {
    try String(contentsOfFile: file, encoding: .utf8).filter { !$0.isNewline }
  }

  private func executions(of stack: Stack) throws -> String {
    try String(contentsOfFile: "\(stack.data)/executions", encoding: .utf8)
  }

  /// That the look at the trace finds what it looks for.
  @Test func anArgumentIsSeen() async throws {
    let canary = Canary()
    try await Stack.with(.gatewayOnly, in: .traced) { stack in
      _ = try await stack.commandLine(["context", "create", canary.value])
      #expect(try executions(of: stack).contains("\"\(canary.value)\""))
    }
  }
}
