import CSallyportProcess
import FoundationEssentials
import Glibc
import SallyportCLI
import SallyportConfig
import SallyportCore
import SallyportHTTP2
import SallyportTLS
import UnixSignals

@main
enum Main {
  static func main() async {
    // No core dump has the operator's key, and nobody of the same user reads this memory.
    guard sallyport_process_protect() == 0 else { exit(SallyportCore.ExitCode.software) }
    let context = CommandContext(
      connector: OperatorConnection(), console: StandardConsole(),
      environment: ProcessInfo.processInfo.environment,
      libraries: [OpenSSLLibrary.version, "nghttp2 \(NGHTTP2Library.version)"],
      interrupt: interrupt)
    let format = OutputFormat(commandLine: Array(CommandLine.arguments.dropFirst()))
    let errorLine: ((String, Int32) -> String)? =
      format == .json ? { JSONOutput.error($0, exitCode: $1) } : nil
    let code = await CommandContext.$current.withValue(context) {
      await exitCode(
        running: SallyportCommand.self, report: OperatorErrors.report,
        errorLine: errorLine)
    }
    exit(code)
  }

  @Sendable private static func interrupt() async throws {
    for await _ in await UnixSignalsSequence(trapping: .sigint) { return }
    throw CancellationError()
  }
}
