package import ArgumentParser
import FoundationEssentials
package import SallyportConfig
import SallyportCore

/// The subcommand `health`: asks the running process, for a container's health check and for people.
package struct HealthCommand<Catalog: HealthSettingsCatalog>: AsyncParsableCommand {
  package static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "health", abstract: "Ask the running process whether it is well.",
      discussion: """
        Prints one line for each check. Exit code 0 where all pass, 69 where one fails or nobody \
        answers.
        """)
  }

  @OptionGroup package var config: ConfigOptions
  @Flag(help: "Also ask whether it does its work now (/readyz), not only whether it lives.")
  package var ready = false
  @Flag(help: "Print JSON.") package var json = false

  package init() {}

  package func run() async throws {
    let address = try HealthAddress(try config.load(Catalog.schema), Catalog.health)
    let answer = try await HealthQuery(host: address.host, port: try port(of: address)).get(
      ready ? "/readyz" : "/healthz", accept: json ? "application/json" : "text/plain")
    guard answer.status == 200 || answer.status == 503 else {
      throw ErrorReport(
        "what listens at \(address.text) is not this program: it answered \(answer.status)",
        exitCode: SallyportCore.ExitCode.unavailable)
    }
    for line in answer.body.split(separator: "\n") { print(ShownText.escaped(line)) }
    // What fails has just been said.
    if answer.status != 200 {
      throw ErrorReport(nil, exitCode: SallyportCore.ExitCode.unavailable)
    }
  }

  private func port(of address: HealthAddress) throws -> Int {
    guard address.port == 0 else { return address.port }
    guard let file = address.portFile else {
      throw ErrorReport(
        "health.port is 0, any free port: set health.port-file, which says which one",
        exitCode: SallyportCore.ExitCode.configuration)
    }
    guard let text = try? String(contentsOfFile: file, encoding: .utf8),
      let port = Int(text.filter { !$0.isWhitespace }), (1...65_535).contains(port)
    else {
      throw ErrorReport(
        "\(file) names no port: is the process running?",
        exitCode: SallyportCore.ExitCode.unavailable)
    }
    return port
  }
}
