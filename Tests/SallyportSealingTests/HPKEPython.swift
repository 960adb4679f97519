import FoundationEssentials
import SallyportTestSupport
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
    let python = try await package.interpreter()
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

  private static let package = PythonPackage(
    "pyhpke", version: "0.6.5", check: "import pyhpke")
}
