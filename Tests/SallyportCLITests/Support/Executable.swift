import FoundationEssentials
import Subprocess
import SystemPackage

/// The built `sallyport`, beside the test bundle.
struct Executable: Sendable {
  struct Outcome: Sendable {
    /// The exit code; 128 and the signal's number where one ended it.
    let status: Int32
    let output: String
    let error: String
  }

  static let path: FilePath = {
    let bundle = FilePath(CommandLine.arguments[0])
    return bundle.removingLastComponent().appending("sallyport")
  }()

  /// Runs it to its end, with only these variables.
  static func run(
    _ arguments: [String], environment: [String: String] = [:]
  ) async throws -> Outcome {
    let result = try await Subprocess.run(
      .path(path), arguments: Arguments(arguments), environment: custom(environment),
      output: .bytes(limit: 1 << 24), error: .bytes(limit: 1 << 24))
    return Outcome(
      status: status(result.terminationStatus),
      output: String(decoding: result.standardOutput, as: UTF8.self),
      error: String(decoding: result.standardError, as: UTF8.self))
  }

  static func custom(_ variables: [String: String]) -> Environment {
    .custom(
      Dictionary(
        uniqueKeysWithValues: variables.map { (Environment.Key(stringLiteral: $0.key), $0.value) }))
  }

  static func status(_ status: TerminationStatus) -> Int32 {
    switch status {
    case .exited(let code): code
    case .signaled(let signal): 128 + signal
    }
  }
}
