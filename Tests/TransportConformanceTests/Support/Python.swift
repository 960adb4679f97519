import FoundationEssentials
import SallyportTransportTestSupport
import Subprocess
import SystemPackage

/// A Python that has grpcio: the system's, or one in a scratch folder that is made once.
enum Python {
  static func withGRPC() async throws -> String { try await shared.value }

  static func resource(_ name: String) -> String {
    #filePath.split(separator: "/").dropLast(2).reduce("") { "\($0)/\($1)" } + "/Resources/\(name)"
  }

  // One for all tests of the process, made by whichever needs it first.
  private static let shared = Task { try await find() }

  private static func find() async throws -> String {
    for candidate in ["/usr/bin/python3", "python3"] where try await hasGRPC(candidate) {
      return candidate
    }
    let folder = FileManager.default.temporaryDirectory.path + "/sallyport-conformance-python"
    let python = folder + "/bin/python3"
    if try await hasGRPC(python) { return python }
    for command in [
      ["python3", "-m", "venv", folder], [python, "-m", "pip", "install", "--quiet", "grpcio"],
    ] {
      let result = try await Command.run(command)
      guard result.status == 0 else {
        throw TestFailure(
          "no Python with grpcio: install python3-grpcio; \(command) said: \(result.errorOutput)")
      }
    }
    return python
  }

  private static func hasGRPC(_ python: String) async throws -> Bool {
    let result = try? await Command.run([python, "-c", "import grpc"])
    return result?.status == 0
  }
}
