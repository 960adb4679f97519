package import ArgumentParser
import SallyportConfig
import SallyportCore

/// The command line of operators and customers.
package struct SallyportCommand: AsyncParsableCommand {
  package static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "sallyport",
      abstract:
        "Operate Sallyport: pools, tokens, jobs, workers, agents, the trust root, signing keys, "
        + "policies, ledgers.",
      discussion: """
        Results go to standard output: tables, or with --output json one JSON document (logs, \
        ledgers: one object per line). Notes and errors go to standard error; with --output json, \
        an error is one line: {"error":{"exit_code":69,"message":"..."}}.

        Exit codes: \(Self.exitCodes). 'job submit --follow' ends with \(JobExitCode.summary).
        """,
      version: VersionReport(
        program: "sallyport", libraries: CommandContext.current?.libraries ?? []
      ).text,
      subcommands: [
        PoolCommand.self, TokenCommand.self, JobCommand.self, WorkerCommand.self, AgentCommand.self,
        RelayCommand.self, AuditCommand.self, TrustCommand.self, KeyCommand.self,
        SealingKeyCommand.self,
        PoolKeyCommand.self, ContextCommand.self, SecretCommand.self, VariableCommand.self,
        PolicyCommand.self, LedgerCommand.self, CompletionCommand.self,
        ConfigReferenceCommand<OperatorSettings>.self,
      ])
  }

  /// docs/operations.md has the same.
  private static let exitCodes: String = {
    typealias Code = SallyportCore.ExitCode
    return [
      (Code.success, "success"),
      (Code.failure, "another failure: it exists already, it is not in a state that allows this"),
      (Code.usage, "wrong usage"), (Code.dataError, "wrong input (a job file, a certificate)"),
      (Code.unavailable, "the gateway cannot be reached, or is at a limit"),
      (Code.software, "a defect of Sallyport"),
      (Code.cannotCreate, "a file cannot be created or written"),
      (Code.noPermission, "refused, or not found"), (Code.configuration, "wrong configuration"),
      (OperatorErrors.outputClosed, "whoever read the output has gone"),
    ].map { "\($0) \($1)" }.joined(separator: "; ")
  }()

  @OptionGroup package var global: GlobalOptions

  package init() {}
}
