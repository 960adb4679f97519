import ArgumentParser
import SallyportProtos

struct AuditList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List audit records, oldest first.")

  @Option(help: "Only records after this sequence number.")
  var after: UInt64 = 0

  @Option(help: "How many at most, up to 100,000.")
  var limit = 100

  @OptionGroup var global: GlobalOptions

  /// Most that the gateway puts into one page.
  private static let maximumPage = 1_000

  func validate() throws {
    guard (1...100_000).contains(limit) else {
      throw ValidationError("--limit must be from 1 to 100000.")
    }
  }

  func run() async throws {
    let records = try await global.session().call { client, options in
      var records: [Sallyport_Operator_V1_AuditRecord] = []
      var last = after
      while records.count < limit {
        var request = Sallyport_Operator_V1_ListAuditRecordsRequest()
        request.afterSequence = last
        request.pageSize = UInt32(min(limit - records.count, Self.maximumPage))
        let page = try await client.listAuditRecords(request, options: options).records
        // Sequence numbers that do not rise would never end.
        guard let newest = page.last?.sequence, newest > last else { break }
        records += page.prefix(limit - records.count)
        last = newest
      }
      return records
    }
    try await global.show(records.map(AuditView.init), as: "records")
  }
}
