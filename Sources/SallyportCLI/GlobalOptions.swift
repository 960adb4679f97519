package import ArgumentParser
import SallyportConfig

/// Options of every command; they may stand before or after the command's name.
package struct GlobalOptions: ParsableArguments {
  @Option(
    name: .customLong("dir"),
    help: ArgumentHelp(
      "Directory of the operator's credentials; for 'trust' commands, of the trust root.",
      discussion:
        "Default: SALLYPORT_OPERATOR_DIR, then ~/.config/sallyport; none for 'trust' commands.",
      valueName: "dir"),
    completion: .directory)
  package var directory: String?

  @Option(name: [.short, .customLong("output")], help: "How to print results.")
  package var output = OutputFormat.table

  @Option(
    name: .customLong("timeout-rpc"),
    help: ArgumentHelp("How long the gateway may take to answer one call.", valueName: "duration"),
    transform: { try DurationText.parse($0) })
  package var callTimeout: Duration = .seconds(30)

  package init() {}
}

extension GlobalOptions {
  func session() throws -> OperatorSession {
    let context = try CommandContext.required()
    let directory = OperatorProfile.directory(flag: directory, environment: context.environment)
    return OperatorSession(
      profile: try OperatorProfile(directory: directory, environment: context.environment),
      context: context, callTimeout: callTimeout)
  }

  /// Prints a list: a table, or a JSON object with the list under `name`.
  func show<View: ListView>(_ views: [View], as name: String) async throws {
    let text =
      switch output {
      case .table: Table(columns: View.columns, rows: views.map(\.cells)).render()
      case .json: try JSONOutput.document([name: views])
      }
    try await CommandContext.required().console.write(Array(text.utf8), to: .output)
  }

  /// Prints one object: names and values, or a JSON object.
  func show(_ view: some DetailView) async throws {
    let text =
      switch output {
      case .table: Table(details: view.details).render()
      case .json: try JSONOutput.document(view)
      }
    try await CommandContext.required().console.write(Array(text.utf8), to: .output)
  }
}
