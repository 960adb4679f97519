import ArgumentParser
import CSallyportProcess
import Glibc
import SallyportConfig
import SallyportCore
import SallyportEdge
import SallyportHTTP2
import SallyportHealth
import SallyportSession
import SallyportTLS

@main
struct Main {
  static func main() async {
    // No core dump has its keys and credentials, and nobody of its user reads its memory.
    guard sallyport_process_protect() == 0 else { exit(SallyportCore.ExitCode.software) }
    await runExecutable(AgentCommand.self, report: ErrorReport.edge)
  }
}

struct AgentCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sallyport-vcs-agent",
    abstract: "Serves repositories of an on-prem Git server to workers, end-to-end encrypted.",
    version: VersionReport(
      program: "sallyport-vcs-agent",
      libraries: [OpenSSLLibrary.version, "nghttp2 \(NGHTTP2Library.version)"]
    ).text,
    subcommands: [
      EnrollCommand.self, RunCommand.self, PermissionsCommand.self,
      HealthCommand<AgentSettings>.self,
      ConfigReferenceCommand<AgentSettings>.self, MetricsReferenceCommand<ProcessCatalog>.self,
    ])
}

struct EnrollCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "enroll", abstract: "Exchange an enrollment token for this host's identity.")

  @OptionGroup var options: EnrollOptions

  func run() async throws { try await options.enroll(as: .agent) }
}
