import FoundationEssentials
import Testing

/// What people do about the gateway's database while it serves.
@Suite(.serialized, .timeLimit(.minutes(5))) struct StoreCareTests {
  private struct Report: Decodable {
    struct Check: Decodable {
      let check: String
      let status: String
    }
    let healthy: Bool
    let checks: [Check]
  }

  @Test func aBackupOfAServingGatewayIsWholeAndTheDoctorSaysSo() async throws {
    try await Stack.with { stack in
      let job = try await stack.submit([], command: ["echo", "kept"])
      #expect(job.result.status == 0)
      let backup = "\(stack.data)/gateway.backup"

      let made = try await stack.gatewayCommand(["backup", "--out", backup])
      #expect(made.status == 0, "\(made.errorText)")
      #expect(made.text.hasPrefix("\(backup): "))
      let attributes = try FileManager.default.attributesOfItem(atPath: backup)
      #expect(attributes[.posixPermissions] as? Int == 0o600)
      let again = try await stack.gatewayCommand(["backup", "--out", backup])
      #expect(again.status == 73)
      #expect(again.errorText.contains("nothing is written over"), "\(again.errorText)")

      for database in ["\(stack.data)/gateway/gateway.db", backup] {
        let checked = try await stack.gatewayCommand(
          ["doctor", "--json", "--set", "store.file=\(database)"])
        #expect(checked.status == 0, "\(checked.text)\(checked.errorText)")
        let report = try JSONDecoder().decode(Report.self, from: Data(checked.output))
        #expect(report.healthy && report.checks.allSatisfy { $0.status == "ok" })
      }
      // The table, and what it says of a damaged copy.
      let table = try await stack.gatewayCommand(["doctor"])
      #expect(table.status == 0 && table.text.contains("integrity"))
      var bytes = try Data(contentsOf: URL(filePath: backup))
      for index in stride(from: 8_192, to: bytes.count, by: 4_096) {
        bytes.replaceSubrange(index..<index + 64, with: Data(repeating: 0xA5, count: 64))
      }
      try bytes.write(to: URL(filePath: backup))
      let damaged = try await stack.gatewayCommand(["doctor", "--set", "store.file=\(backup)"])
      #expect(damaged.status == 65)
      #expect(damaged.text.contains("FAILED"), "\(damaged.text)")
      #expect(damaged.errorText.contains("checks failed"), "\(damaged.errorText)")
    }
  }
}
