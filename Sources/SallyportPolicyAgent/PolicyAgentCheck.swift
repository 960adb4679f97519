package import SallyportConfig
internal import SallyportCore
package import SallyportPolicy

/// What `run --check` asks of an Open Policy Agent.
package enum PolicyAgentCheck {
  /// Asks whether the agent answers, and has a decision at the path; obeys none.
  ///
  /// A process starts without it, and denies until it answers.
  ///
  /// - Throws: `ConfigError`; `ErrorReport` where there is no decision.
  package static func run(_ values: ConfigValues, for program: PolicyProgram) async throws {
    guard let settings = try PolicyAgentSettings(values) else { return }
    do {
      _ = try await OpenPolicyAgent.with(settings) { agent in
        try await agent?.ask(PolicyInput(checking: program))
      }
    } catch {
      throw ErrorReport(
        "\(PolicyAgentSettings.urlKey.name): \(settings.url): \(PolicyQueryError(error)); until it "
          + "answers, everything is denied",
        exitCode: ExitCode.unavailable)
    }
  }
}
