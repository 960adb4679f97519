internal import FoundationEssentials
internal import Subprocess

/// A Python that has packages of PyPI, in a scratch folder that is made once.
package struct PythonPackage: Sendable {
  package struct CannotInstall: Error, CustomStringConvertible {
    package let description: String
  }

  private let python: Task<String, any Error>

  /// - Parameters:
  ///   - others: Requirements of further packages in the same folder.
  ///   - check: Statements that fail where the package is not there in this version.
  package init(_ name: String, version: String, with others: [String] = [], check: String) {
    // One for all tests of the process, made for whichever needs it first.
    python = Task { try await Self.make(name, version, others, check) }
  }

  /// Path of the interpreter.
  package func interpreter() async throws -> String { try await python.value }

  private static func make(
    _ name: String, _ version: String, _ others: [String], _ check: String
  ) async throws -> String {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "sallyport-\(name)-\(version)").path
    let python = folder + "/bin/python3"
    if await succeeds(python, ["-c", check]) { return python }
    guard await succeeds("python3", ["-m", "venv", folder]),
      await succeeds(
        python, ["-m", "pip", "install", "--quiet", "\(name)==\(version)"] + others),
      await succeeds(python, ["-c", check])
    else {
      throw CannotInstall(description: "\(name) \(version) cannot be installed from PyPI")
    }
    return python
  }

  private static func succeeds(_ program: String, _ arguments: [String]) async -> Bool {
    let result = try? await run(
      .name("env"), arguments: Arguments([program] + arguments), output: .discarded,
      error: .discarded)
    return result?.terminationStatus.isSuccess ?? false
  }
}
