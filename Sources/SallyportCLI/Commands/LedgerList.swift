import ArgumentParser
import SallyportCore
import SallyportLedger

struct LedgerList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List records of a ledger, oldest first.",
    discussion: """
      Lists the newest that match. Does not verify: see 'ledger verify'. With --output json, prints \
      each record on a line of its own, byte for byte as it is in the ledger.
      """)

  @Argument(help: "Folder of the ledger.", completion: .directory)
  var folder: String

  @Option(help: "Only records of this kind, for example job; may be repeated.")
  var kind: [String] = []

  @Option(
    help: ArgumentHelp(
      "Only records from this time on, for example 2026-01-31 or 2026-01-31T09:30:00Z.",
      valueName: "time"))
  var since: String?

  @Option(help: "Only records of this job.")
  var job: String?

  @Option(help: "How many at most, up to 10,000.")
  var limit = 100

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard (1...LedgerFilter.maximumLimit).contains(limit) else {
      throw ValidationError("--limit must be from 1 to \(LedgerFilter.maximumLimit).")
    }
    for name in kind where LedgerKind(rawValue: name) == nil {
      let names = LedgerKind.allCases.map(\.rawValue).sorted().joined(separator: ", ")
      throw ValidationError("--kind '\(name)' is none of \(names).")
    }
    if let since, Self.time(since) == nil {
      throw ValidationError(
        "--since must be a UTC time such as 2026-01-31 or 2026-01-31T09:30:00Z.")
    }
    if let job, JobID(job) == nil { throw ValidationError("--job is not the id of a job.") }
  }

  func run() async throws {
    var filter = LedgerFilter()
    filter.kinds = Set(kind.compactMap(LedgerKind.init(rawValue:)))
    filter.since = since.flatMap(Self.time)
    filter.job = job.flatMap { JobID($0) }
    filter.limit = limit
    let listing = try LedgerReader(directory: folder).list(filter)
    let console = try CommandContext.required().console
    switch global.output {
    case .table:
      try await global.show(listing.records.map(LedgerRecordView.init), as: "records")
    case .json:
      let lines = listing.records.map { $0.line + "\n" }.joined()
      try await console.write(Array(lines.utf8), to: .output)
    }
    if listing.unreadableLines > 0 {
      await console.note(
        "\(listing.unreadableLines) lines of \(folder) are none of a ledger: verify it")
    }
  }

  /// A day, a time to the second, or one with milliseconds.
  private static func time(_ text: String) -> LedgerTime? {
    LedgerTime(text) ?? LedgerTime(text + "T00:00:00.000Z")
      ?? (text.hasSuffix("Z") ? LedgerTime(text.dropLast() + ".000Z") : nil)
  }
}
