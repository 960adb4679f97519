import FoundationEssentials
import Subprocess
import SystemPackage
import Testing

/// pyhpke, an implementation of RFC 9180 that shares no code with ours, in a folder of its own.
enum HPKEPython {
  struct Answer: Decodable {
    var value: String?
    var enc: String?
    var ciphertext: String?
  }

  static func ask(_ requests: [[String: String]]) async throws -> [Answer] {
    let python = try await shared.value
    let input = try requests.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }
      .joined(separator: "\n")
    let result = try await run(
      .path(FilePath(python)), arguments: [Samples.resource("hpke.py")], input: .string(input),
      output: .string(limit: 16 << 20), error: .string(limit: 1 << 16))
    try #require(result.terminationStatus.isSuccess, "\(result.standardError)")
    return try result.standardOutput.split(separator: "\n").map {
      try JSONDecoder().decode(Answer.self, from: Data($0.utf8))
    }
  }

  // One for all tests of the process, made by whichever needs it first.
  private static let shared = Task { try await find() }

  private static func find() async throws -> String {
    let folder = FileManager.default.temporaryDirectory.path + "/sallyport-hpke-python"
    let python = folder + "/bin/python3"
    let check = ["-c", "import pyhpke"]
    if await succeeds("python3", check) { return try await path(of: "python3") }
    if await succeeds(python, check) { return python }
    try #require(await succeeds("python3", ["-m", "venv", folder]), "install python3-venv")
    try #require(
      await succeeds(python, ["-m", "pip", "install", "--quiet", "pyhpke==0.6.5"]),
      "pyhpke cannot be installed from PyPI")
    return python
  }

  private static func path(of program: String) async throws -> String {
    let result = try await run(
      .name(program), arguments: ["-c", "import sys; print(sys.executable)"],
      output: .string(limit: 1 << 16))
    return String(result.standardOutput.prefix { $0 != "\n" })
  }

  private static func succeeds(_ program: String, _ arguments: [String]) async -> Bool {
    let executable: Executable =
      program.hasPrefix("/") ? .path(FilePath(program)) : .name(program)
    let result = try? await run(
      executable, arguments: Arguments(arguments), output: .discarded, error: .discarded)
    return result?.terminationStatus.isSuccess == true
  }
}
