import SallyportConfig

@main
enum SallyportGatewayMain {
  static func main() async {
    await runExecutable(GatewayCommand.self, report: GatewayFailure.report)
  }
}
