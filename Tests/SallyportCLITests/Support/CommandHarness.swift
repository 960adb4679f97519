import ArgumentParser
import FoundationEssentials
import SallyportCLI
import SallyportConfig
import SallyportProtos
import SwiftProtobuf
import Synchronization
import Testing

/// Runs commands against a ``FakeGateway``, as the executable would.
final class CommandHarness: Sendable {
  let gateway = FakeGateway()
  let console: MemoryConsole
  let directory: String
  private let waits = Mutex<[Duration]>([])

  init(terminals: Set<ConsoleStream> = []) throws {
    console = MemoryConsole(terminals: terminals)
    directory = "/tmp/sallyport-cli-tests-\(UInt64.random(in: .min ... .max))"
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: false)
    try Data("gateway:\n  endpoint: gateway.example:7445\n".utf8)
      .write(to: URL(filePath: directory + "/operator.yaml"))
    gateway.update {
      $0.job.id = "j1"
      $0.job.epoch = 1
      $0.job.state = .succeeded
      $0.job.logState = .complete
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  /// What the command waited between attempts; it did not really wait.
  var waited: [Duration] { waits.withLock { $0 } }

  /// - Parameter interrupt: Returns when the user presses Ctrl-C.
  /// - Returns: The report that the command ended with, or nil for success.
  @discardableResult
  func run(
    _ arguments: [String], environment: [String: String] = [:], input: [UInt8] = [],
    interrupt: @escaping @Sendable () async throws -> Void = {
      try await Task.sleep(for: .seconds(3_600))
    }
  ) async throws -> ErrorReport? {
    let context = CommandContext(
      connector: gateway, console: console,
      environment: ["SALLYPORT_OPERATOR_DIR": directory].merging(environment) { _, new in new },
      input: { _, _ in input },
      interrupt: interrupt,
      sleep: { duration in
        try Task.checkCancellation()
        self.waits.withLock { $0.append(duration) }
      })
    return try await CommandContext.$current.withValue(context) {
      var command = try SallyportCommand.parseAsRoot(arguments)
      do {
        if var asynchronous = command as? any AsyncParsableCommand {
          try await asynchronous.run()
        } else {
          try command.run()
        }
        return nil
      } catch {
        return OperatorErrors.report(error) ?? ErrorReport(error)
      }
    }
  }
}
