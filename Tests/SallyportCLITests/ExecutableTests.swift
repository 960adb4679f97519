import FoundationEssentials
import GRPCCore
import SallyportCLI
import SallyportCore
import SallyportProtos
import Subprocess
import SwiftProtobuf
import SystemPackage
import Testing

@Suite struct ExecutableTests {
  @Test func helpAndVersionAreOnStandardOutput() async throws {
    for arguments in [["--help"], ["job", "submit", "--help"], ["help", "trust"]] {
      let outcome = try await Executable.run(arguments)
      #expect(outcome.status == 0)
      #expect(outcome.output.contains("USAGE: sallyport"))
      #expect(outcome.error.isEmpty)
    }
    let version = try await Executable.run(["--version"])
    #expect(version.status == 0)
    let lines = version.output.split(separator: "\n")
    #expect(lines.first == "sallyport \(SallyportVersion.current)")
    #expect(lines.contains { $0.hasPrefix("commit ") })
    #expect(lines.contains { $0.hasPrefix("OpenSSL 3") })
    #expect(lines.contains { $0.hasPrefix("nghttp2 ") })
  }

  @Test(arguments: [
    ["nonsense"], ["pool", "list", "--unknown"], ["pool", "create"], ["job", "submit", "-f"],
    ["job", "submit", "--pool", "p", "extra"], ["completion", "tcsh"],
  ])
  func usageErrors(arguments: [String]) async throws {
    let outcome = try await Executable.run(arguments)
    #expect(outcome.status == SallyportCore.ExitCode.usage)
    #expect(outcome.output.isEmpty)
    #expect(outcome.error.hasPrefix("Error: "))
  }

  @Test func configurationErrorsAreOneLineAndExit78() async throws {
    let directory = try TestDirectory()
    let missing = try await Executable.run(["--dir", directory.path, "pool", "list"])
    #expect(missing.status == SallyportCore.ExitCode.configuration)
    #expect(missing.error.hasPrefix("sallyport: \(directory.path)/operator.yaml: cannot be read"))

    try directory.write("operator.yaml", "gateway:\n  endpoint: x:1\n  ednpoint: y:1\n")
    let unknown = try await Executable.run(["--dir", directory.path, "pool", "list"])
    #expect(unknown.status == SallyportCore.ExitCode.configuration)
    #expect(
      unknown.error == "sallyport: \(directory.path)/operator.yaml:3: unknown key "
        + "'gateway.ednpoint'; did you mean 'gateway.endpoint'?\n")

    try directory.write("operator.yaml", "gateway.endpoint: x:1\n")
    let variable = try await Executable.run(
      ["--dir", directory.path, "pool", "list"],
      environment: ["SALLYPORT_OPERATOR_GATEWAY_ENDPONT": "x"])
    #expect(variable.status == SallyportCore.ExitCode.configuration)
    #expect(variable.error.contains("did you mean SALLYPORT_OPERATOR_GATEWAY_ENDPOINT?"))

    let credentials = try await Executable.run(["--dir", directory.path, "pool", "list"])
    #expect(credentials.status == SallyportCore.ExitCode.configuration)
    #expect(
      credentials.error == "sallyport: \(directory.path)/certificate.pem does not exist\n")
  }

  @Test func errorsAreJSONWhereResultsAre() async throws {
    struct Document: Decodable {
      struct Content: Decodable {
        let message: String
        let exitCode: Int32

        enum CodingKeys: String, CodingKey {
          case message
          case exitCode = "exit_code"
        }
      }
      let error: Content
    }
    let cases: [(arguments: [String], status: Int32)] = [
      (["--output", "json", "--dir", "/nonexistent", "pool", "list"], 78),
      (["pool", "list", "-o", "json", "--nonsense"], 64), (["trust", "show", "-o", "json"], 64),
    ]
    for (arguments, status) in cases {
      let outcome = try await Executable.run(arguments)
      #expect(outcome.status == status)
      #expect(outcome.error.filter { $0 == "\n" }.count == 1)
      let document = try JSONDecoder().decode(Document.self, from: Data(outcome.error.utf8))
      #expect(document.error.exitCode == status)
      #expect(!document.error.message.isEmpty)
    }
  }

  @Test func theTrustRootNeedsNoGateway() async throws {
    let directory = try TestDirectory()
    let root = directory.path + "/root"
    let made = try await Executable.run([
      "trust", "init", "--dir", root, "--trust-domain", "customer.example",
    ])
    #expect(made.status == 0)
    #expect(made.output.contains("customer.example"))
    let issued = try await Executable.run([
      "trust", "issue", "--dir", root, "--role", "worker", "--name", "w1", "--out",
      directory.path + "/trust", "--output", "json",
    ])
    #expect(issued.status == 0)
    #expect(issued.output.contains("\"spiffe_id\" : \"spiffe://customer.example/worker/w1\""))
  }

  @Test func completionScriptsAreScripts() async throws {
    let script = try await Executable.run(["completion", "bash"])
    #expect(script.status == 0)
    let directory = try TestDirectory()
    let file = directory.path + "/completion.bash"
    try Data(script.output.utf8).write(to: URL(filePath: file))
    let checked = try await Subprocess.run(
      .path("/bin/bash"), arguments: ["-n", file], output: .discarded,
      error: .string(limit: 4_096))
    #expect(checked.terminationStatus.isSuccess)
    #expect(checked.standardError == "")
  }

  @Test func anOutputThatIsClosedIsNoMessage() async throws {
    let result = try await Subprocess.run(
      .path("/bin/bash"),
      arguments: [
        "-c", "trap '' PIPE; { \"$0\" completion bash; echo $? >&2; } | true",
        Executable.path.string,
      ], output: .discarded, error: .string(limit: 4_096))
    #expect(result.standardError == "141\n")
  }

  @Test func aGatewayThatIsNotThereIsOneLineAndExit69() async throws {
    let loopback = try LoopbackGateway(directory: TestDirectory.newPath())
    let port = try ReservedPort()
    try loopback.writeProfile(port: port.number)
    let outcome = try await Executable.run(["--dir", loopback.directory, "pool", "list"])
    #expect(outcome.status == SallyportCore.ExitCode.unavailable)
    #expect(
      outcome.error.hasPrefix(
        "sallyport: cannot reach the gateway at 127.0.0.1:\(port.number): "))
    #expect(outcome.error.filter { $0 == "\n" }.count == 1)
    try? FileManager.default.removeItem(atPath: loopback.directory)
  }

  @Test func commandsWorkOverMutualTLS() async throws {
    let loopback = try LoopbackGateway(directory: TestDirectory.newPath())
    loopback.gateway.update { $0.pools = [.with { $0.name = "builders" }] }
    try await loopback.serve { _ in
      let listed = try await Executable.run(["pool", "list", "--dir", loopback.directory])
      #expect(listed.status == 0, "\(listed.error)")
      #expect(listed.output.contains("builders"))
      loopback.gateway.update { $0.failure = .init(code: .notFound, message: "no such pool") }
      let refused = try await Executable.run(["pool", "list", "--dir", loopback.directory])
      #expect(refused.status == SallyportCore.ExitCode.noPermission)
      #expect(refused.error == "sallyport: not found, or not yours: no such pool\n")
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o640], ofItemAtPath: loopback.directory + "/key.pem")
      let unsafe = try await Executable.run(["pool", "list", "--dir", loopback.directory])
      #expect(unsafe.status == SallyportCore.ExitCode.configuration)
      #expect(unsafe.error.contains("run: chmod 600 \(loopback.directory)/key.pem"))
    }
    try? FileManager.default.removeItem(atPath: loopback.directory)
  }

  @Test func aFollowedJobSurvivesTheGatewayAndEndsWithItsExitCode() async throws {
    let loopback = try LoopbackGateway(directory: TestDirectory.newPath())
    let log = encoded((0..<2_000).map { (.stdout, "line \($0)\n") })
    loopback.gateway.update {
      $0.job.id = "j1"
      $0.job.epoch = 1
      $0.job.state = .failed
      $0.job.exitCode = 42
      $0.job.logLength = UInt64(log.count)
      $0.wholeLog = log
      $0.firstReadEnds = log.count / 2 + 7
    }
    let (listening, listens) = AsyncStream.makeStream(of: Void.self)
    let (ended, ends) = AsyncStream.makeStream(of: Void.self)
    async let running = {
      defer { ends.finish() }
      for await _ in listening {}
      return try await Executable.run([
        "--dir", loopback.directory, "job", "submit", "--pool", "p", "--follow", "--", "x",
      ])
    }()
    // The first gateway goes while the log is being read, the second takes its place.
    let port = try await loopback.serve { port in
      listens.finish()
      while loopback.gateway.update({ $0.readRequests.isEmpty }) { await Task.yield() }
      return port
    }
    try await loopback.serve(port: port) { _ in
      for await _ in ended {}
    }
    let outcome = try await running
    #expect(outcome.status == 42)
    #expect(outcome.output == (0..<2_000).map { "line \($0)\n" }.joined())
    #expect(outcome.error.contains("lost the gateway"))
    #expect(outcome.error.hasSuffix("sallyport: job j1 failed with exit code 42\n"))
    try? FileManager.default.removeItem(atPath: loopback.directory)
  }

  @Test func theFirstInterruptDetaches() async throws {
    let loopback = try LoopbackGateway(directory: TestDirectory.newPath())
    loopback.gateway.update {
      $0.job.id = "j1"
      $0.reads = [.init(parts: [part(encoded([(.stdout, "running\n")]))], end: .hangs)]
    }
    try await loopback.serve { _ in
      let result = try await Subprocess.run(
        .path(Executable.path),
        arguments: [
          "--dir", loopback.directory, "job", "submit", "--pool", "p", "--follow", "--", "x",
        ],
        environment: Executable.custom([:]), input: .none, output: .sequence,
        error: .string(limit: 4_096)
      ) { execution in
        for try await _ in execution.standardOutput {
          // The job runs and is being followed.
          try execution.send(signal: .interrupt)
        }
      }
      #expect(Executable.status(result.terminationStatus) == JobExitCode.detached)
      #expect(
        result.standardError.hasSuffix(
          "sallyport: no longer following; job j1 goes on: 'sallyport job logs -f j1' follows it "
            + "again, 'sallyport job cancel j1' ends it\n"))
    }
    try? FileManager.default.removeItem(atPath: loopback.directory)
  }
}
