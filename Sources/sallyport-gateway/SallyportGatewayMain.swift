import CSallyportProcess
import Glibc
import SallyportConfig
import SallyportCore

@main
enum SallyportGatewayMain {
  static func main() async {
    // No core dump has its keys, and nobody of its user reads its memory.
    guard sallyport_process_protect() == 0 else { exit(SallyportCore.ExitCode.software) }
    // Before there is another thread: SIGUSR2 waits for whoever reads it, and ends nothing.
    sallyport_process_defer_handover_signal()
    await runExecutable(GatewayCommand.self, report: GatewayFailure.report)
  }
}
