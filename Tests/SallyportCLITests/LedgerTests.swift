import FoundationEssentials
import SallyportConfig
import SallyportCore
import SallyportLedger
import Testing

@Suite struct LedgerTests {
  private let harness: CommandHarness
  private let job = JobID.random()
  private var folder: String { harness.directory + "/ledger" }

  init() throws { harness = try CommandHarness() }

  private func write() async throws {
    try await Ledger.withLedger(LedgerSettings(directory: folder, program: "test")) { ledger in
      ledger.note(LedgerExternalIDRefusal(attempt: nil, reason: "a Welcome\u{1b}[2J"))
      try await ledger.append(
        LedgerJob(
          AttemptID(job: job, epoch: 1), decision: .deny(rule: "signature", reason: "none"),
          repository: "team/app.git"))
    }
  }

  private var file: URL { URL(filePath: folder + "/00000000000000000001.jsonl") }

  @Test func recordsAreListedAsTheyAre() async throws {
    try await write()
    #expect(try await harness.run(["ledger", "list", folder, "--job", job.rawValue]) == nil)
    let table = harness.console.output
    #expect(table.contains("decision=deny") && table.contains("repository=team/app.git"))
    #expect(table.split(separator: "\n").count == 2)

    let json = try CommandHarness()
    #expect(try await json.run(["ledger", "list", folder, "--output", "json"]) == nil)
    #expect(json.console.output == String(decoding: try Data(contentsOf: file), as: UTF8.self))

    let kinds = try CommandHarness()
    #expect(
      try await kinds.run([
        "ledger", "list", folder, "--kind", "external_id", "--kind", "started", "--since",
        "2020-01-01", "-o", "json",
      ]) == nil)
    #expect(kinds.console.output.split(separator: "\n").count == 2)
    let none = try CommandHarness()
    #expect(
      try await none.run([
        "ledger", "list", folder, "--since", "9000-01-01T00:00:00Z", "-o", "json",
      ]) == nil)
    #expect(none.console.output.isEmpty)
  }

  @Test(arguments: [
    ["--kind", "none"], ["--since", "yesterday"], ["--limit", "0"], ["--limit", "10001"],
    ["--job", "j"],
  ])
  func wrongFiltersAreRefused(arguments: [String]) async throws {
    await #expect(throws: (any Error).self) {
      try await harness.run(["ledger", "list", folder] + arguments)
    }
  }

  @Test func anIntactLedgerIsVerifiedAndAnchored() async throws {
    try await write()
    #expect(try await harness.run(["ledger", "verify", folder, "-o", "json"]) == nil)
    let anchor = try #require(try LedgerReader(directory: folder).verify().last)
    #expect(harness.console.output.contains("\"last\" : \"\(anchor)\""))
    #expect(harness.console.output.contains("\"first\" : 1"))
    try await write()
    #expect(
      try await harness.run(["ledger", "verify", folder, "--expect", "\(anchor)"]) == nil)
    let other = LedgerAnchor(sequence: anchor.sequence, hash: LedgerHash(of: []))
    let report = try await harness.run(["ledger", "verify", folder, "--expect", "\(other)"])
    #expect(report?.exitCode == SallyportCore.ExitCode.dataError)
    await #expect(throws: (any Error).self) {
      try await harness.run(["ledger", "verify", folder, "--expect", "1"])
    }
  }

  @Test func aChangedLedgerIsNamedByFileAndLine() async throws {
    try await write()
    let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    try Data(text.replacing("team/app.git", with: "team/xpp.git").utf8).write(to: file)
    let report = try await harness.run(["ledger", "verify", folder])
    #expect(report?.exitCode == SallyportCore.ExitCode.dataError)
    // The line that was changed has a hash that the next one does not have.
    #expect(report?.message?.contains("00000000000000000001.jsonl, line 5") == true)
  }

  @Test func whereThereIsNoneNothingIsVerified() async throws {
    for command in ["list", "verify"] {
      let report = try await harness.run(["ledger", command, folder])
      #expect(report?.exitCode == SallyportCore.ExitCode.noPermission)
    }
  }
}
