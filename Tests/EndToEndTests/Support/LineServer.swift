import FoundationEssentials
import Subprocess
import SystemPackage
import Testing

/// A server of a test that says its address in its first line and ends with its input.
enum LineServer {
  /// Runs a program until `body` returns.
  static func with(
    _ program: String, _ arguments: [String],
    _ body: (_ address: String, _ process: ProcessIdentifier) async throws -> Void
  ) async throws {
    let outcome = try await Subprocess.run(
      .path(FilePath(program)), arguments: Arguments(arguments), input: .inputWriter,
      output: .sequence, error: .discarded
    ) { execution -> Result<Void, any Error> in
      var bytes: [UInt8] = []
      for try await piece in execution.standardOutput {
        piece.withUnsafeBytes { bytes.append(contentsOf: $0) }
        if bytes.contains(UInt8(ascii: "\n")) { break }
      }
      let line = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
      let result: Result<Void, any Error>
      do {
        try #require(!line.isEmpty, "\(program) \(arguments) does not start")
        result = .success(try await body(line, execution.processIdentifier))
      } catch {
        result = .failure(error)
      }
      try? await execution.standardInputWriter.finish()
      return result
    }
    try outcome.closureResult.get()
  }
}
