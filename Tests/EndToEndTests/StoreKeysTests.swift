import FoundationEssentials
import Testing

/// The keys of the gateway's database, through real processes.
@Suite(.serialized, .timeLimit(.minutes(4))) struct StoreKeysTests {
  private static let canaries = ["canary-1234", "canary-in-a-variable"]

  /// Of the needles, those that are in any file of the gateway but its keys.
  private func found(at stack: Stack, besides needle: String) throws -> Set<String> {
    let folder = "\(stack.data)/gateway"
    var found: Set<String> = []
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
      let needles = (Self.canaries + [needle]).map { Array($0.utf8) }
      for needle in try ByteSearch.found(needles, in: "\(folder)/\(name)") {
        found.insert(String(decoding: needle, as: UTF8.self))
      }
    }
    return found
  }

  private func runCanary(_ stack: Stack) async throws -> String {
    let job = try await stack.submit(
      ["--env", "CANARY=canary-in-a-variable"],
      command: ["sh", "-c", "echo canary-$((1000 + 234))"])
    #expect(job.result.text == "canary-1234\n", "\(job.result.errorText)")
    return job.id
  }

  private func keys(_ stack: Stack, _ arguments: String...) async throws -> CommandResult {
    try await stack.gatewayCommand(["keys"] + arguments)
  }

  @Test func aThiefOfTheDatabaseFindsNothingAndRotationsGoOnWhileItServes() async throws {
    try await Stack.with { stack in
      let job = try await runCanary(stack)
      // The job's id shows that the search finds what is there.
      #expect(try found(at: stack, besides: job) == [job])
      let status = try await keys(stack, "status")
      #expect(status.text.contains("acme  key 1\n"), "\(status.text)\(status.errorText)")

      let rotated = try await keys(stack, "rotate-tenant", "acme")
      #expect(rotated.status == 0, "\(rotated.errorText)")
      #expect(rotated.text.contains("log_chunk  100 %"), "\(rotated.text)")
      #expect(rotated.text.hasSuffix("acme  key 2\n"), "\(rotated.text)")
      #expect(try await stack.sallyport("job", "logs", job).text == "canary-1234\n")
      _ = try await runCanary(stack)

      _ = try await runCanary(stack)
      #expect(try found(at: stack, besides: job) == [job])
    }
  }

  @Test(
    arguments: [
      "file: master.key", "environment: STACK_MASTER_KEY",
      "command: {name: test, wrap: [base64], unwrap: [base64, -d]}",
    ])
  func aPlainDatabaseBecomesAnEncryptedOne(under master: String) async throws {
    let key = try await Executables().run("/usr/bin/openssl", ["rand", "-base64", "32"])
    let variables = ["STACK_MASTER_KEY": key.text.filter { !$0.isNewline }]
    try await Stack.with(environment: variables, store: .plain) { stack in
      func encrypt() async throws -> CommandResult {
        try await stack.executables.run(
          "sallyport-gateway",
          ["keys", "encrypt", "--config", "\(stack.data)/gateway/gateway.yaml"],
          environment: variables)
      }
      let job = try await runCanary(stack)
      #expect(try found(at: stack, besides: job) == Set(Self.canaries + [job]))
      let config = "\(stack.data)/gateway/gateway.yaml"
      let made = try await stack.executables.run(
        "/bin/sh",
        [
          "-c",
          """
          umask 077; openssl rand -base64 32 >'\(stack.data)/gateway/master.key'
          printf '  master-key:\\n    \(master)\\n' >>'\(config)'
          """,
        ])
      try #require(made.status == 0)
      let early = try await encrypt()
      #expect(early.status != 0, "a gateway serves from it: \(early.text)")
      #expect(try await stack.sallyport("job", "logs", job).text == "canary-1234\n")

      try await stack.stop(try await stack.gateway)
      let encrypted = try await encrypt()
      #expect(encrypted.status == 0, "\(encrypted.errorText)")
      try await stack.startGatewayAgain()
      #expect(try await stack.sallyport("job", "logs", job).text == "canary-1234\n")
      let second = try await runCanary(stack)
      #expect(try found(at: stack, besides: second) == [second])
    }
  }
}
