package import ArgumentParser
import Glibc
import SallyportCore

/// Parses the command line, runs the command, and ends the process with a documented exit code.
///
/// See ``exitCode(running:arguments:report:)``.
package func runExecutable<Command: AsyncParsableCommand>(
  _ command: Command.Type, arguments: [String]? = nil,
  report: (any Error) -> ErrorReport? = { _ in nil }
) async -> Never {
  exit(await exitCode(running: command, arguments: arguments, report: report))
}

/// Parses the command line and runs the command.
///
/// Help and versions go to standard output with exit code 0, usage errors to standard error with
/// 64, and every other error as one line `<program>: <message>` with the code of its
/// ``ErrorReport``.
///
/// - Parameters:
///   - arguments: Without the program's name; nil for the process's own.
///   - report: Turns errors that only this executable knows into reports; nil leaves an error to
///     ``ErrorReport/init(_:)``.
///   - errorLine: The line, without its end, for a message and an exit code, where errors are for
///     programs to read; usage errors are such a line, too, then.
package func exitCode<Command: AsyncParsableCommand>(
  running command: Command.Type, arguments: [String]? = nil,
  report: (any Error) -> ErrorReport? = { _ in nil },
  errorLine: ((String, Int32) -> String)? = nil
) async -> Int32 {
  defer { fflush(nil) }
  do {
    var command = try await Command.asyncParseAsRoot(arguments)
    if var asynchronous = command as? any AsyncParsableCommand {
      try await asynchronous.run()
    } else {
      try command.run()
    }
    return SallyportCore.ExitCode.success
  } catch {
    return announce(error, of: Command.self, report: report, errorLine: errorLine)
  }
}

private func announce<Command: ParsableCommand>(
  _ error: any Error, of command: Command.Type, report: (any Error) -> ErrorReport?,
  errorLine: ((String, Int32) -> String)?
) -> Int32 {
  if let report = report(error) ?? ownReport(error) {
    if let message = report.message {
      let program = command.configuration.commandName ?? command._commandName
      let line =
        errorLine?(message, report.exitCode) ?? "\(program): \(ShownText.escaped(message))"
      StandardErrorSink.shared.write(Array("\(line)\n".utf8))
    }
    return report.exitCode
  }
  let text = Command.fullMessage(for: error)
  let code = Command.exitCode(for: error)
  if code.isSuccess {
    print(text)
  } else if let errorLine {
    let line = errorLine(Command.message(for: error), code.rawValue)
    StandardErrorSink.shared.write(Array("\(line)\n".utf8))
  } else if !text.isEmpty {
    StandardErrorSink.shared.write(Array((text + "\n").utf8))
  }
  return code.rawValue
}

/// Nil for what ArgumentParser threw: help, version and usage errors, which it words itself.
private func ownReport(_ error: any Error) -> ErrorReport? {
  switch error {
  case is ValidationError, is CleanExit, is ArgumentParser.ExitCode: nil
  default:
    // ArgumentParser's own error types are internal; they alone live in its module.
    String(reflecting: type(of: error)).hasPrefix("ArgumentParser.") ? nil : ErrorReport(error)
  }
}
