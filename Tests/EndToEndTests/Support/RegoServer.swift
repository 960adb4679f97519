import Glibc
import SallyportTestSupport
import Subprocess

/// An Open Policy Agent for tests: a real evaluation of Rego behind OPA's Data API.
struct RegoServer: Sendable {
  /// Port of 127.0.0.1, or path of a socket.
  let address: String
  let process: ProcessIdentifier

  /// `kill -9`: what is asked from then on has no answer.
  func kill() { _ = Glibc.kill(process.value, SIGKILL) }

  /// Serves modules of Rego until `body` returns.
  static func with(
    _ modules: [String], at address: String = "0", _ body: (RegoServer) async throws -> Void
  ) async throws {
    let python = try await python.interpreter()
    let server = "\(Executables.packageRoot)/Tests/EndToEndTests/Resources/policy_agent.py"
    try await LineServer.with(python, [server, address] + modules) { address, process in
      try await body(RegoServer(address: address, process: process))
    }
  }

  /// A Python that evaluates Rego.
  private static let python = PythonPackage(
    "regopy", version: "1.5.2",
    check: "import regopy; assert regopy.__version__.startswith('1.5.2')")
}
