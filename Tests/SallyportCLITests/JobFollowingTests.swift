import FoundationEssentials
import GRPCCore
import SallyportCLI
import SallyportConfig
import SallyportCore
import SallyportProtos
import SwiftProtobuf
import Testing

@Suite struct JobFollowingTests {
  private let log = encoded([
    (.system, "checkout done\n"), (.stdout, "out 1\n"), (.stderr, "err 1\n"), (.stdout, "out 2"),
  ])
  private let submit = [
    "job", "submit", "--pool", "builders", "--follow", "--", "make", "--output",
  ]

  @Test func theLogGoesWhereTheCommandWroteIt() async throws {
    let harness = try CommandHarness()
    harness.gateway.update {
      $0.reads = [.init(parts: [part(log), part([], at: log.count, .complete)])]
    }
    #expect(try await harness.run(submit) == nil)
    #expect(harness.console.output == "out 1\nout 2")
    #expect(harness.console.error == "sallyport: job j1\nworker: checkout done\nerr 1\n")
    let submitted = harness.gateway.update { $0.submitted }
    #expect(submitted.map(\.spec.command) == [["make", "--output"]])
    #expect(submitted.first?.idempotencyKey.count == 32)
  }

  @Test func followingSurvivesAGatewayThatGoesAndComesBack() async throws {
    let harness = try CommandHarness()
    harness.gateway.update {
      $0.reads = [
        .init(parts: [part(log[..<40])], end: .fails(.unavailable, "stopping")),
        .init(parts: [part(log[40..<60], at: 40)], end: .fails(.unavailable, "stopping")),
        .init(parts: [part(log[60...], at: 60, .complete)]),
      ]
    }
    #expect(try await harness.run(submit) == nil)
    #expect(harness.console.output == "out 1\nout 2")
    let requests = harness.gateway.update { $0.readRequests }
    #expect(requests.map(\.offset) == [0, 40, 60])
    #expect(requests.map(\.epoch) == [0, 1, 1])
    #expect(requests.allSatisfy { $0.follow && $0.jobID == "j1" })
    #expect(harness.waited.count == 2)
    let error = harness.console.error
    #expect(error.contains("sallyport: lost the gateway at gateway.example:7445, trying again\n"))
    #expect(error.contains("sallyport: the gateway is back\n"))
  }

  @Test func refusedConnectionsAreTriedAgainAndInTheEndGivenUp() async throws {
    let patient = try CommandHarness()
    patient.gateway.update {
      $0.reads = [
        .init(parts: [part(log[..<40])], end: .fails(.unavailable, "stopping"), refusals: 3),
        .init(parts: [part(log[40...], at: 40, .complete)]),
      ]
    }
    #expect(try await patient.run(submit) == nil)
    #expect(patient.console.output == "out 1\nout 2")
    #expect(patient.waited.count == 4)

    let hopeless = try CommandHarness()
    hopeless.gateway.update {
      $0.reads = [.init(end: .fails(.unavailable, "stopping"))]
    }
    let report = try await hopeless.run(submit)
    #expect(report?.exitCode == SallyportCore.ExitCode.unavailable)
    #expect(report?.message?.hasSuffix("resume with 'sallyport job logs -f j1'") == true)
    #expect(hopeless.waited.reduce(.zero, +) >= .seconds(600))
    #expect(hopeless.waited.reduce(.zero, +) < .seconds(610))
  }

  @Test func anotherAttemptIsAnnounced() async throws {
    let harness = try CommandHarness()
    harness.gateway.update {
      $0.job.epoch = 2
      $0.reads = [
        .init(parts: [part(log[..<30])]),
        .init(parts: [part(log, epoch: 2, .complete)]),
      ]
    }
    #expect(try await harness.run(submit) == nil)
    #expect(harness.gateway.update { $0.readRequests }.map(\.epoch) == [0, 2])
    #expect(harness.console.output == "out 1\nout 2")
  }

  @Test func theExitCodeIsTheCommands() async throws {
    let harness = try CommandHarness()
    harness.gateway.update {
      $0.reads = [.init(parts: [part(log, .complete)])]
      $0.job.state = .failed
      $0.job.exitCode = 42
      $0.job.reason = "tests failed"
    }
    let report = try await harness.run(submit)
    #expect(report?.exitCode == 42)
    #expect(report?.message == "job j1 failed with exit code 42: tests failed")
  }

  @Test func theFirstInterruptDetaches() async throws {
    let harness = try CommandHarness()
    harness.gateway.update {
      $0.reads = [.init(parts: [part(log)], end: .hangs)]
    }
    let report = try await harness.run(submit) {
      // Ctrl-C once the log has been printed.
      while !harness.console.output.hasSuffix("out 2") { await Task.yield() }
    }
    #expect(report?.exitCode == JobExitCode.detached)
    #expect(report?.message?.contains("'sallyport job logs -f j1'") == true)
    #expect(report?.message?.contains("'sallyport job cancel j1'") == true)
  }

  @Test func anIncompleteLogIsToldApart() async throws {
    let harness = try CommandHarness()
    harness.gateway.update {
      $0.reads = [.init(parts: [part(log, .incomplete)])]
      $0.job.logState = .incomplete
      $0.job.logLength = 9_999
    }
    #expect(try await harness.run(["job", "logs", "j1"]) == nil)
    #expect(harness.console.error.contains("warning: the log is incomplete"))
  }

  @Test func aTornLogIsToldApart() async throws {
    let harness = try CommandHarness()
    harness.gateway.update { $0.reads = [.init(parts: [part(log.dropLast(3), .open)])] }
    #expect(try await harness.run(["job", "logs", "j1"]) == nil)
    #expect(harness.console.error.contains("warning: the log ends in the middle of an entry"))
  }

  @Test func logsCanBeFilteredAndStamped() async throws {
    let harness = try CommandHarness()
    harness.gateway.update { $0.reads = [.init(parts: [part(log, .complete)])] }
    try await harness.run(["job", "logs", "j1", "--stream", "stdout", "--timestamps"])
    #expect(
      harness.console.output
        == "2025-07-18T09:05:03.000042Z out 1\n2025-07-18T09:05:03.000042Z out 2")
    #expect(harness.console.error.isEmpty)
  }

  @Test func logsAsJSONAreOneObjectPerEntry() async throws {
    let harness = try CommandHarness()
    var bytes = encoded([(.stdout, "a\u{1b}[2J\n")])
    LogEntry(stream: .stderr, timestamp: 0, payload: [0xFF, 0xFE]).encode(into: &bytes)
    let log = bytes
    harness.gateway.update { $0.reads = [.init(parts: [part(log, .complete)])] }
    try await harness.run(["job", "logs", "--output", "json", "j1"])
    let lines = harness.console.output.split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines.last?.contains("\"state\":\"succeeded\"") == true)
    #expect(
      lines.dropLast().map { $0 + "\n" }.joined()
        == "{\"stream\":\"stdout\",\"text\":\"a\\u001b[2J\\n\",\"time\":\"2025-07-18T09:05:03.000042Z\"}\n"
        + "{\"base64\":\"//4=\",\"stream\":\"stderr\",\"time\":\"1970-01-01T00:00:00.000000Z\"}\n")
  }

  @Test func aFollowedJobAsJSONEndsWithTheJob() async throws {
    let harness = try CommandHarness()
    harness.gateway.update {
      $0.reads = [.init(parts: [part(log, .complete)])]
      $0.job.state = .failed
      $0.job.exitCode = 42
    }
    let report = try await harness.run(
      ["job", "submit", "--pool", "p", "--follow", "--output", "json", "--", "make"])
    #expect(report?.exitCode == 42)
    let objects = try harness.console.output.split(separator: "\n").map {
      try JSONDecoder().decode([String: JSONValue].self, from: Data($0.utf8))
    }
    #expect(
      objects.dropLast().map { $0["stream"] } == [
        .string("system"), .string("stdout"), .string("stderr"), .string("stdout"),
      ])
    #expect(objects.last?["id"] == .string("j1"))
    #expect(objects.last?["exit_code"] == .number(42))
  }

  @Test func aTerminalIsProtectedUnlessToldOtherwise() async throws {
    let hostile = encoded([(.stdout, "\u{1b}[31mred\u{1b}]52;c;x\u{7}\u{1b}")])
    for (arguments, expected) in [
      (["job", "logs", "j1"], "\u{1b}[31mred\\x1b]52;c;x\\x07\\x1b"),
      (["job", "logs", "--raw", "j1"], "\u{1b}[31mred\u{1b}]52;c;x\u{7}\u{1b}"),
    ] {
      let harness = try CommandHarness(terminals: [.output])
      harness.gateway.update { $0.reads = [.init(parts: [part(hostile, .complete)])] }
      try await harness.run(arguments)
      #expect(harness.console.output == expected)
    }
  }

  @Test func aReaderThatLeavesEndsTheCommandQuietly() async throws {
    let harness = try CommandHarness()
    harness.console.close(after: 2)
    harness.gateway.update { $0.reads = [.init(parts: [part(log)], end: .hangs)] }
    let report = try await harness.run(["job", "logs", "-f", "j1"])
    #expect(report?.exitCode == 141)
    #expect(report?.message == nil)
  }
}
