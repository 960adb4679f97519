import FoundationEssentials
import Glibc
import SallyportCLI
import SallyportConfig
import SallyportHTTP2
import SallyportTLS
import UnixSignals

@main
enum Main {
  static func main() async {
    let context = CommandContext(
      connector: OperatorConnection(), console: StandardConsole(),
      environment: ProcessInfo.processInfo.environment,
      libraries: [OpenSSLLibrary.version, "nghttp2 \(NGHTTP2Library.version)"],
      interrupt: interrupt)
    let code = await CommandContext.$current.withValue(context) {
      await exitCode(running: SallyportCommand.self, report: OperatorErrors.report)
    }
    exit(code)
  }

  @Sendable private static func interrupt() async throws {
    for await _ in await UnixSignalsSequence(trapping: .sigint) { return }
    throw CancellationError()
  }
}
