import FoundationEssentials
import Subprocess

/// A Python that has dulwich, Git's protocol written a second time: one in a scratch folder that is
/// made once.
enum DulwichPython {
  private static let version = "1.2.21"

  static func find() async throws -> String { try await shared.value }

  // One for all tests of the process, made by whichever needs it first.
  private static let shared = Task { try await make() }

  private static func make() async throws -> String {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "sallyport-dulwich-\(version)").path
    let python = folder + "/bin/python3"
    let test = "import dulwich; assert '.'.join(map(str, dulwich.__version__)) == '\(version)'"
    if try await succeeds(python, "-c", test) { return python }
    guard try await succeeds("python3", "-m", "venv", folder),
      try await succeeds(python, "-m", "pip", "install", "--quiet", "dulwich==\(version)")
    else {
      throw ScratchError(description: "dulwich \(version) cannot be installed from PyPI")
    }
    return python
  }

  private static func succeeds(_ program: String, _ arguments: String...) async throws -> Bool {
    let result = try? await run(
      .name("env"), arguments: Arguments([program] + arguments), output: .discarded,
      error: .discarded)
    return result?.terminationStatus.isSuccess ?? false
  }
}
