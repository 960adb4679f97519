import ArgumentParser
import FoundationEssentials
import GRPCCore
import SallyportConfig
import SallyportCore
import SallyportProtos
import SwiftProtobuf
import Testing

@testable import SallyportCLI

@Suite struct CommandTests {
  private func object(_ harness: CommandHarness) throws -> [String: JSONValue] {
    let value = try JSONDecoder().decode(JSONValue.self, from: Data(harness.console.bytes(.output)))
    guard case .object(let object) = value else { throw ParsingError() }
    return object
  }

  private struct ParsingError: Error {}

  @Test func poolsAreMadeAndListed() async throws {
    let harness = try CommandHarness()
    #expect(try await harness.run(["pool", "create", "--kind", "vcs", "on-prem"]) == nil)
    #expect(
      harness.console.output
        == "name     on-prem\nkind     vcs\nsealed   no\ncreated  2025-07-18T09:05:03.000Z\n")

    let list = try CommandHarness()
    list.gateway.update {
      $0.pools = [
        .with {
          $0.name = "builders"; $0.kind = .worker
        }
      ]
    }
    #expect(try await list.run(["pool", "list", "--output", "json"]) == nil)
    guard case .array(let pools) = try object(list)["pools"], case .object(let pool) = pools.first
    else { throw ParsingError() }
    #expect(pool["name"] == .string("builders"))
    #expect(pool["kind"] == .string("worker"))
    #expect(pool["sealed"] == .bool(false))
  }

  @Test func aPoolIsPurgedOnceItsNameWasSaidTwice() async throws {
    let harness = try CommandHarness()
    let purge = ["pool", "revoke", "builders", "--purge"]
    for arguments in [
      purge, purge + ["--confirm", "builder"], ["pool", "revoke", "a", "--confirm", "a"],
    ] {
      let error = #expect(throws: (any Error).self) { try SallyportCommand.parseAsRoot(arguments) }
      #expect(
        error.map { SallyportCommand.exitCode(for: $0).rawValue } == SallyportCore.ExitCode.usage)
    }
    #expect(harness.gateway.update { $0.revoked } == [])

    harness.gateway.update {
      $0.revocations = [
        .with {
          $0.stage = .revoked
          $0.jobsEnded = 3
          $0.membersRevoked = 2
        },
        .with {
          $0.stage = .purging
          $0.table = "job"
        },
        .with {
          $0.stage = .purged
          $0.pool.name = "builders"
          $0.pool.kind = .worker
          $0.pool.revokedAt.seconds = 1_752_829_503
          $0.pool.purgeBeganAt.seconds = 1_752_829_503
          $0.pool.purgedAt.seconds = 1_752_829_504
        },
      ]
    }
    let confirmed = purge + ["--confirm", "builders", "--reason", "closed"]
    #expect(try await harness.run(confirmed) == nil)
    #expect(harness.console.output.contains("purged   2025-07-18T09:05:04.000Z\n"))
    let told = String(decoding: harness.console.bytes(.error), as: UTF8.self)
    #expect(told.contains("3 jobs ended, 2 workers or VCS agents shut out"))
    let request = try #require(harness.gateway.update { $0.revoked }.last)
    #expect(request.purge && request.confirm == "builders" && request.reason == "closed")

    // A gateway that goes away in the middle has not said that it is done.
    harness.gateway.update { _ = $0.revocations.removeLast() }
    #expect(try await harness.run(confirmed)?.exitCode == SallyportCore.ExitCode.failure)
  }

  @Test func aRevokedPoolIsListedAsSuch() async throws {
    let harness = try CommandHarness()
    harness.gateway.update {
      $0.revocations = [
        .with {
          $0.stage = .revoked
          $0.pool.name = "builders"
          $0.pool.revokedAt.seconds = 1_752_829_503
        }
      ]
      $0.pools = $0.revocations.map(\.pool)
    }
    #expect(try await harness.run(["pool", "revoke", "builders", "--output", "json"]) == nil)
    #expect(try object(harness)["revoked_at"] == .string("2025-07-18T09:05:03.000Z"))
    let list = try CommandHarness()
    let pools = harness.gateway.update { $0.pools }
    list.gateway.update { $0.pools = pools }
    #expect(try await list.run(["pool", "list"]) == nil)
    #expect(list.console.output.contains("revoked"))
  }

  @Test func aCallThatWasNotSentIsMadeOnAnotherConnection() async throws {
    let harness = try CommandHarness()
    harness.gateway.update { $0.closingConnections = 2 }
    let submit = ["job", "submit", "--pool", "builders", "--", "true"]
    #expect(try await harness.run(submit) == nil)
    #expect(harness.gateway.update { $0.submitted.count } == 1)

    harness.gateway.update { $0.closingConnections = 100 }
    let report = try await harness.run(submit)
    #expect(report?.exitCode == 69)
    #expect(harness.gateway.update { $0.submitted.count } == 1)
    #expect(harness.gateway.update { $0.closingConnections } == 95)

    // What may have been sent is not made again.
    harness.gateway.update {
      $0.closingConnections = 0
      $0.refusedConnections = 1
    }
    #expect(try await harness.run(submit)?.exitCode == 69)
  }

  @Test func globalOptionsMayStandAnywhere() async throws {
    for arguments in [
      ["--output", "json", "pool", "list"], ["pool", "--output", "json", "list"],
      ["pool", "list", "-o", "json"],
    ] {
      let harness = try CommandHarness()
      #expect(try await harness.run(arguments) == nil)
      #expect(harness.console.output == "{\n  \"pools\" : [\n\n  ]\n}\n")
    }
    let harness = try CommandHarness()
    let directory = harness.directory
    #expect(
      try await harness.run(
        ["--dir", directory, "pool", "list"], environment: ["SALLYPORT_OPERATOR_DIR": "/x"]) == nil)
  }

  @Test func tokensGoIntoFilesThatOnlyTheOwnerReads() async throws {
    let harness = try CommandHarness()
    let file = harness.directory + "/token"
    let arguments = ["token", "create", "--pool", "builders", "--token-file", file]
    #expect(try await harness.run(arguments) == nil)
    #expect(!harness.console.output.contains("the-token-itself"))
    #expect(try String(contentsOfFile: file, encoding: .utf8) == "the-token-itself\n")
    let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions]
    #expect(mode as? Int == 0o600)
    // A second token never replaces the first.
    #expect(try await harness.run(arguments)?.exitCode == SallyportCore.ExitCode.cannotCreate)

    let printed = try CommandHarness()
    try await printed.run(["token", "create", "--pool", "builders", "--output", "json"])
    #expect(try object(printed)["token"] == .string("the-token-itself"))
  }

  @Test func jobsAreShownAsJSONWithStableKeys() async throws {
    let harness = try CommandHarness()
    harness.gateway.update {
      $0.job.pool = "builders"
      $0.job.commit = String(repeating: "a", count: 40)
      $0.job.relayBytesToWorker = 12_345
      $0.job.exitCode = 0
      $0.job.spec.checkout.commit = String(repeating: "b", count: 40)
    }
    try await harness.run(["job", "show", "--output", "json", "j1"])
    let job = try object(harness)
    #expect(job["id"] == .string("j1"))
    #expect(job["state"] == .string("succeeded"))
    #expect(job["exit_code"] == .number(0))
    #expect(job["log_state"] == .string("complete"))
    #expect(job["relay_bytes_to_worker"] == .number(12_345))
    #expect(job["signal"] == nil)
    // Scripts that take the first "commit" of the text take the one that was checked out.
    let output = harness.console.output
    let lines = output.split(separator: "\n")
    let commit = try #require(lines.first { $0.contains("\"commit\"") })
    #expect(commit.contains("aaaa"))
  }

  @Test func submittingWithoutFollowingPrintsTheID() async throws {
    let harness = try CommandHarness()
    let file = harness.directory + "/id"
    #expect(
      try await harness.run([
        "job", "submit", "--pool", "builders", "--repo", "on-prem:team/app.git", "--ref", "main",
        "--env", "A=1", "--env", "B=x=y", "--timeout", "90s", "--idempotency-key", "k",
        "--job-id-file", file, "--", "make", "--follow", "--pool", "other",
      ]) == nil)
    #expect(harness.console.output == "j1\n")
    #expect(try String(contentsOfFile: file, encoding: .utf8) == "j1\n")
    let request = try #require(harness.gateway.update { $0.submitted }.first)
    #expect(request.pool == "builders")
    #expect(request.idempotencyKey == "k")
    #expect(request.spec.command == ["make", "--follow", "--pool", "other"])
    #expect(request.spec.environment == ["A": "1", "B": "x=y"])
    #expect(request.spec.checkout.vcsPool == "on-prem")
    #expect(request.spec.checkout.repository == "team/app.git")
    #expect(request.spec.checkout.ref == "main")
    #expect(request.spec.timeout.seconds == 90)
  }

  @Test func aLostSubmitNamesTheKeyToRepeatItWith() async throws {
    let harness = try CommandHarness()
    harness.gateway.update { $0.refusedConnections = 1 }
    let report = try await harness.run(["job", "submit", "--pool", "p", "--", "true"])
    #expect(report?.exitCode == SallyportCore.ExitCode.unavailable)
    let message = try #require(report?.message)
    #expect(
      message.hasPrefix("cannot reach the gateway at gateway.example:7445: connection refused"))
    #expect(message.contains("--idempotency-key "))
  }

  /// Only where the gateway may have the job.
  @Test(arguments: [
    (RPCError.Code.deadlineExceeded, true), (.internalError, true), (.unknown, true),
    (.resourceExhausted, false), (.permissionDenied, false), (.invalidArgument, false),
  ])
  func aRefusedSubmitIsNoLostOne(code: RPCError.Code, isUnknown: Bool) async throws {
    let harness = try CommandHarness()
    harness.gateway.update { $0.failure = RPCError(code: code, message: "because") }
    let report = try await harness.run(["job", "submit", "--pool", "p", "--", "true"])
    #expect(report?.message?.contains("is unknown") == isUnknown)
  }

  @Test(arguments: [
    (["pool", "list"], OutputFormat.table), (["pool", "list", "-o", "json"], .json),
    (["--output=json", "x"], .json), (["-ojson"], .json), (["-o", "json", "-o", "table"], .table),
    (["job", "submit", "--", "tool", "--output", "json"], .table), (["--output"], .table),
    (["--output", "xml"], .table),
  ])
  func theFormatIsKnownBeforeParsing(arguments: [String], format: OutputFormat) {
    #expect(OutputFormat(commandLine: arguments) == format)
  }

  @Test func theHelpListsEveryExitCode() {
    let help = SallyportCommand.helpMessage(columns: 10_000)
    for code: Int32 in [0, 1, 64, 65, 69, 70, 73, 77, 78, 141] {
      #expect(help.contains(" \(code) "), "\(code)")
    }
    let submit = SallyportCommand.helpMessage(for: JobSubmit.self, columns: 10_000)
    for help in [help, submit] {
      for code in [
        JobExitCode.timedOut, JobExitCode.cancelled, JobExitCode.notStarted, JobExitCode.lost,
        JobExitCode.detached,
      ] { #expect(help.contains(" \(code) "), "\(code)") }
    }
    let issue = SallyportCommand.helpMessage(for: TrustIssue.self, columns: 10_000)
    #expect(issue.contains("Default: 2160h, 90 days."))
  }

  @Test(arguments: [
    ["job", "submit", "--", "true"], ["job", "submit", "--pool", "p"],
    ["job", "submit", "--pool", "p", "--ref", "main", "--", "true"],
    ["job", "submit", "--pool", "p", "--repo", "v:a.git", "--", "true"],
    ["job", "submit", "--pool", "p", "--repo", "v:a.git", "--commit", "abc", "--", "true"],
    ["trust", "show"],
  ])
  func incompleteCommandsAreUsageErrors(arguments: [String]) async throws {
    let harness = try CommandHarness()
    #expect(try await harness.run(arguments)?.exitCode == SallyportCore.ExitCode.usage)
  }

  @Test func aSecretThatIsGivenWithItsValueIsRefusedAndNotShown() async throws {
    let harness = try CommandHarness()
    let report = try #require(
      try await harness.run(["job", "submit", "--pool", "p", "--secret", "S=hunter2", "--", "true"])
    )
    #expect(report.exitCode == SallyportCore.ExitCode.usage)
    #expect("\(report)".contains("never with its value") && !"\(report)".contains("hunter2"))
  }

  @Test(arguments: [
    ["job", "submit", "--pool", "p", "--image", "debian", "--", "true"],
    ["--profile", "d", "pool", "list"],
    ["job", "submit", "--repo", "on-prem:../x", "--pool", "p", "--", "true"],
    ["job", "submit", "--repo", "app.git", "--pool", "p", "--", "true"],
    ["job", "submit", "--env", "NOVALUE", "--pool", "p", "--", "true"],
    ["job", "submit", "--timeout", "10", "--pool", "p", "--", "true"],
    ["job", "list", "--limit", "0"], ["job", "list", "--state", "done"], ["job", "show"],
    ["pool", "create", "x"], ["pool", "create", "--kind", "git", "x"], ["nonsense"],
    ["token", "create", "--pool", "p", "--uses", "0"], ["pool", "list", "--output", "xml"],
    ["pool", "list", "--timeout-rpc", "soon"], ["job", "logs", "j1", "--stream", "stdin"],
  ])
  func theParserRefuses(arguments: [String]) {
    let error = #expect(throws: (any Error).self) { try SallyportCommand.parseAsRoot(arguments) }
    #expect(
      error.map { SallyportCommand.exitCode(for: $0).rawValue } == SallyportCore.ExitCode.usage)
  }

  @Test func pagesAreFetchedUpToTheLimit() async throws {
    let harness = try CommandHarness()
    harness.gateway.update { state in
      state.jobs = (0..<1_200).map { number in .with { $0.id = "job\(number)" } }
      state.auditLength = 5_000
    }
    try await harness.run(["job", "list", "--limit", "1100", "--state", "running"])
    let requests = harness.gateway.update { $0.listRequests }
    #expect(requests.map(\.pageSize) == [500, 500, 100])
    #expect(requests.allSatisfy { $0.states == [.running] })
    #expect(harness.console.output.split(separator: "\n").count == 1_101)

    let audit = try CommandHarness()
    audit.gateway.update { $0.auditLength = 1_500 }
    try await audit.run(["audit", "list", "--limit", "100000", "--after", "10"])
    #expect(audit.gateway.update { $0.auditRequests }.map(\.afterSequence) == [10, 1_010, 1_500])
    #expect(audit.console.output.split(separator: "\n").count == 1_491)
  }

  @Test func namesFromTheGatewayCannotControlTheTerminal() async throws {
    for format in ["table", "json"] {
      let harness = try CommandHarness(terminals: [.output, .error])
      try await harness.run(["worker", "list", "--output", format])
      #expect(
        !harness.console.output.unicodeScalars.contains { $0 != "\n" && ShownText.isUnsafe($0) })
      #expect(harness.console.output.contains("owned"))
    }
  }

  @Test func theSimpleCommandsCallTheGateway() async throws {
    let harness = try CommandHarness()
    for arguments in [
      ["token", "revoke", "t1"], ["job", "cancel", "j1", "--reason", "mistake"],
      ["worker", "drain", "w1"], ["worker", "revoke", "w1", "--reason", "stolen"],
      ["agent", "revoke", "a1"], ["agent", "list"], ["relay", "list"],
      ["token", "list", "--pool", "p"],
    ] {
      #expect(try await harness.run(arguments) == nil)
    }
    #expect(
      harness.gateway.update { $0.acknowledged } == [
        "token t1", "cancel j1: mistake", "drain w1", "revoke worker w1: stolen",
        "revoke agent a1",
      ])
  }

  @Test(arguments: [
    (RPCError.Code.unavailable, SallyportCore.ExitCode.unavailable),
    (.deadlineExceeded, SallyportCore.ExitCode.unavailable),
    (.resourceExhausted, SallyportCore.ExitCode.unavailable),
    (.notFound, SallyportCore.ExitCode.noPermission),
    (.permissionDenied, SallyportCore.ExitCode.noPermission),
    (.unauthenticated, SallyportCore.ExitCode.noPermission),
    (.invalidArgument, SallyportCore.ExitCode.dataError),
    (.alreadyExists, SallyportCore.ExitCode.failure),
    (.failedPrecondition, SallyportCore.ExitCode.failure),
    (.internalError, SallyportCore.ExitCode.software),
    (.unimplemented, SallyportCore.ExitCode.software),
  ])
  func failedCallsHaveExitCodes(code: RPCError.Code, exitCode: Int32) async throws {
    let harness = try CommandHarness()
    harness.gateway.update { $0.failure = RPCError(code: code, message: "because") }
    let report = try await harness.run(["pool", "list"])
    #expect(report?.exitCode == exitCode)
    #expect(report?.message?.isEmpty == false)
  }
}
