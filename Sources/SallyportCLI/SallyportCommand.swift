package import ArgumentParser
import SallyportConfig

/// The command line of operators and customers.
package struct SallyportCommand: AsyncParsableCommand {
  package static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "sallyport",
      abstract: "Operate Sallyport: pools, tokens, jobs, workers, agents, and the trust root.",
      discussion: """
        Results go to standard output: tables, or with --output json one JSON document. Notes and \
        errors go to standard error.

        Exit codes: 0 success; 64 wrong usage; 65 wrong input (a job file); 69 the gateway cannot be \
        reached; 73 a file cannot be written; 77 refused or not found; 78 wrong configuration. \
        'job submit --follow' ends with the command's own exit code; see its help.
        """,
      version: VersionReport(
        program: "sallyport", libraries: CommandContext.current?.libraries ?? []
      ).text,
      subcommands: [
        PoolCommand.self, TokenCommand.self, JobCommand.self, WorkerCommand.self, AgentCommand.self,
        RelayCommand.self, AuditCommand.self, TrustCommand.self, CompletionCommand.self,
        ConfigReferenceCommand<OperatorSettings>.self,
      ])
  }

  @OptionGroup package var global: GlobalOptions

  package init() {}
}
