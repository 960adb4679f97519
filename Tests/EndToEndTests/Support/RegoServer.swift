import FoundationEssentials
import Glibc
import SallyportTestSupport
import Subprocess
import SystemPackage
import Testing

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
    let outcome = try await Subprocess.run(
      .path(FilePath(python)),
      arguments: Arguments(
        ["\(Executables.packageRoot)/Tests/EndToEndTests/Resources/policy_agent.py", address]
          + modules),
      input: .inputWriter, output: .sequence, error: .discarded
    ) { execution -> Result<Void, any Error> in
      var bytes: [UInt8] = []
      for try await piece in execution.standardOutput {
        piece.withUnsafeBytes { bytes.append(contentsOf: $0) }
        if bytes.contains(UInt8(ascii: "\n")) { break }
      }
      let line = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
      let result: Result<Void, any Error>
      do {
        try #require(!line.isEmpty, "the policy agent of the test does not start")
        try await body(
          RegoServer(address: line, process: execution.processIdentifier))
        result = .success(())
      } catch {
        result = .failure(error)
      }
      try? await execution.standardInputWriter.finish()
      return result
    }
    try outcome.closureResult.get()
  }

  /// A Python that evaluates Rego.
  private static let python = PythonPackage(
    "regopy", version: "1.5.2",
    check: "import regopy; assert regopy.__version__.startswith('1.5.2')")
}
