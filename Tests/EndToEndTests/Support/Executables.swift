import FoundationEssentials
import Subprocess
import SystemPackage

/// The executables that were built together with these tests.
struct Executables: Sendable {
  /// The folder that holds them: that of the test bundle.
  let folder: String

  static let packageRoot =
    #filePath.split(separator: "/").dropLast(4).reduce("") { "\($0)/\($1)" }

  init() {
    let bundle = CommandLine.arguments[0]
    folder = bundle.split(separator: "/", omittingEmptySubsequences: false).dropLast()
      .joined(separator: "/")
  }

  /// That of the tests, with changes.
  static func environment(_ changes: [String: String]) -> Environment {
    .inherit.updating(
      Dictionary(
        uniqueKeysWithValues: changes.map {
          (Environment.Key(stringLiteral: $0), String?.some($1))
        }))
  }

  /// Runs one of the executables, or any other program by absolute path, to its end.
  func run(_ program: String, _ arguments: [String], environment: [String: String] = [:])
    async throws -> CommandResult
  {
    let path = program.hasPrefix("/") ? program : "\(folder)/\(program)"
    let result = try await Subprocess.run(
      .path(FilePath(path)), arguments: Arguments(arguments),
      environment: Self.environment(environment),
      output: .bytes(limit: 256 << 20), error: .bytes(limit: 16 << 20))
    let status: Int32 =
      switch result.terminationStatus {
      case .exited(let code): code
      case .signaled(let signal): 128 + signal
      }
    return CommandResult(
      status: status, output: result.standardOutput, errorOutput: result.standardError)
  }
}

/// How a program ended and what it said.
struct CommandResult: Sendable {
  /// The exit code; 128 and the signal's number where one ended it.
  let status: Int32
  let output: [UInt8]
  let errorOutput: [UInt8]

  var text: String { String(decoding: output, as: UTF8.self) }
  var errorText: String { String(decoding: errorOutput, as: UTF8.self) }
}
