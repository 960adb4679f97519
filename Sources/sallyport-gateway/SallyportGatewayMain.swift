import CSallyportProcess
import SallyportConfig

@main
enum SallyportGatewayMain {
  static func main() async {
    // Before there is another thread: SIGUSR2 waits for whoever reads it, and ends nothing.
    sallyport_process_defer_handover_signal()
    await runExecutable(GatewayCommand.self, report: GatewayFailure.report)
  }
}
