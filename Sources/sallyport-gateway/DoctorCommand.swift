import ArgumentParser
import FoundationEssentials
import SallyportConfig
import SallyportCore
import SallyportStore
import SallyportStoreSQLite

struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Check the database and what is around it.",
    discussion: """
      Changes nothing, and may run while the gateway serves. Ends with 0 where all is well, also with \
      warnings, and with 65 where something is damaged or not as it has to be.
      """)

  @OptionGroup var config: ConfigOptions
  @Flag(help: "Print one JSON object.") var json = false

  private struct Report: Encodable {
    let healthy: Bool
    let checks: [StoreFinding]
  }

  func run() async throws {
    let values = try config.load(GatewaySettings.schema)
    let database = values[GatewaySettings.database]
    let findings =
      StoreDoctor.examine(database) + Surroundings(values).examine()
      + [await StoreDoctor.examineKeys(of: database, try values.tenantKeyring())]
    let failed = findings.count { $0.status == .failed }
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      let report = Report(healthy: failed == 0, checks: findings)
      print(String(decoding: try encoder.encode(report), as: UTF8.self))
    } else {
      let width = findings.map(\.check.count).max() ?? 0
      for finding in findings {
        let name = finding.check.padding(to: width)
        print(
          "\(finding.status.shown.padding(to: 7))  \(name)  \(ShownText.escaped(finding.detail))")
      }
    }
    guard failed == 0 else {
      throw ErrorReport(
        "\(failed) of \(findings.count) checks failed", exitCode: SallyportCore.ExitCode.dataError)
    }
  }
}

extension StoreFinding.Status {
  fileprivate var shown: String {
    switch self {
    case .ok: "ok"
    case .warning: "warning"
    case .failed: "FAILED"
    }
  }
}

extension String {
  fileprivate func padding(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
