import FoundationEssentials
import Testing

extension Executables {
  /// What `ledger list` says of a folder, oldest first.
  ///
  /// - Parameters:
  ///   - job: Only what has to do with this job.
  ///   - type: The members that the test asks for.
  func ledger<Record: Decodable>(
    _ folder: String, of job: String? = nil, as type: Record.Type = Record.self
  ) async throws -> [Record] {
    let listed = try await run(
      "sallyport",
      ["ledger", "list", folder, "--output", "json"] + (job.map { ["--job", $0] } ?? []))
    try #require(listed.status == 0, "\(listed.errorText)")
    return try listed.text.split(separator: "\n").map {
      try JSONDecoder().decode(Record.self, from: Data($0.utf8))
    }
  }
}
