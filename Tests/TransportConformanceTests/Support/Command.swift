import Subprocess
import SystemPackage

/// A program run to its end.
struct Command: Sendable {
  /// The exit code; 128 and the signal's number where one ended it.
  let status: Int32
  let output: String
  let errorOutput: String

  /// - Parameter input: What the program reads; at most 4 KiB, so that it fits into a pipe.
  static func run(_ command: [String], input: String = "") async throws -> Command {
    precondition(input.utf8.count <= 4_096, "longer input could block")
    // Filled before the program starts: one that ends without reading is no error.
    let pipe = try FileDescriptor.pipe()
    try pipe.writeEnd.closeAfter { _ = try pipe.writeEnd.writeAll(input.utf8) }
    let result = try await Subprocess.run(
      executable(command), arguments: Arguments(Array(command.dropFirst())),
      input: .fileDescriptor(pipe.readEnd, closeAfterSpawningProcess: true),
      output: .bytes(limit: 16 << 20), error: .bytes(limit: 16 << 20))
    let status: Int32 =
      switch result.terminationStatus {
      case .exited(let code): code
      case .signaled(let signal): 128 + signal
      }
    return Command(
      status: status, output: String(decoding: result.standardOutput, as: UTF8.self),
      errorOutput: String(decoding: result.standardError, as: UTF8.self))
  }

  static func executable(_ command: [String]) -> Executable {
    let program = command.first ?? ""
    return program.hasPrefix("/") ? .path(FilePath(program)) : .name(program)
  }
}
