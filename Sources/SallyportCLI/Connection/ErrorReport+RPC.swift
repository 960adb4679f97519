package import GRPCCore
package import SallyportConfig
import SallyportCore

extension ErrorReport {
  /// Says what a failed call means for the person who made it, and what to do next.
  package init(_ error: RPCError, endpoint: HostPort, callTimeout: Duration) {
    let said = error.message.isEmpty ? "no reason given" : error.message
    switch error.code {
    case .unavailable where said.hasPrefix("the store"):
      self.init(
        "the gateway at \(endpoint) takes no new work: \(said)",
        exitCode: SallyportCore.ExitCode.unavailable)
    case .unavailable:
      self.init(
        "cannot reach the gateway at \(endpoint): \(said); check that it runs and that "
          + "gateway.endpoint names its operator listener",
        exitCode: SallyportCore.ExitCode.unavailable)
    case .deadlineExceeded:
      self.init(
        "the gateway at \(endpoint) did not answer within \(DurationText.format(callTimeout)); "
          + "try again, or allow more with --timeout-rpc",
        exitCode: SallyportCore.ExitCode.unavailable)
    case .resourceExhausted:
      self.init(
        "the gateway is at a limit: \(said); try again later",
        exitCode: SallyportCore.ExitCode.unavailable)
    case .notFound:
      self.init(
        "not found, or not yours: \(said)", exitCode: SallyportCore.ExitCode.noPermission)
    case .permissionDenied, .unauthenticated:
      self.init(
        "refused: \(said); check which operator the certificate names",
        exitCode: SallyportCore.ExitCode.noPermission)
    case .invalidArgument, .outOfRange:
      self.init("not accepted: \(said)", exitCode: SallyportCore.ExitCode.dataError)
    case .alreadyExists, .failedPrecondition, .aborted, .cancelled:
      self.init(said, exitCode: SallyportCore.ExitCode.failure)
    default:
      self.init(
        "the gateway failed (\(error.code)): \(said); see its log",
        exitCode: SallyportCore.ExitCode.software)
    }
  }
}
