import SallyportConfig
import SallyportCore

/// What commands need of the world around them; tests bring their own.
package struct CommandContext: Sendable {
  package var connector: any OperatorConnecting
  package var console: any Console
  package var environment: [String: String]
  /// For `--version`: see ``VersionReport``.
  package var libraries: [String]
  /// Returns when SIGINT arrives; while nobody waits, SIGINT ends the process.
  package var interrupt: @Sendable () async throws -> Void
  /// Reads a value that must not be an argument: a prompt for people, and the most bytes there may be.
  package var input: @Sendable (String, Int) throws -> [UInt8]
  /// Waits between attempts to reach the gateway again.
  package var sleep: @Sendable (Duration) async throws -> Void

  package init(
    connector: any OperatorConnecting, console: any Console, environment: [String: String],
    libraries: [String] = [],
    input: @escaping @Sendable (String, Int) throws -> [UInt8] = {
      try ValueInput.standardInput($0, maximum: $1)
    },
    interrupt: @escaping @Sendable () async throws -> Void,
    sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
  ) {
    self.connector = connector
    self.console = console
    self.environment = environment
    self.libraries = libraries
    self.input = input
    self.interrupt = interrupt
    self.sleep = sleep
  }

  /// Set by the executable around parsing and running; commands are made by the parser and cannot
  /// take it as an argument.
  @TaskLocal package static var current: CommandContext?

  static func required() throws -> CommandContext {
    guard let current else {
      throw ErrorReport("command without context", exitCode: SallyportCore.ExitCode.software)
    }
    return current
  }
}
