/// What a supervisor is to run.
package struct LaunchRequest: Hashable, Sendable {
  /// argv; never passed to a shell.
  package var arguments: [String]
  /// The whole environment, sorted by name.
  package var environment: [String]
  /// The working directory.
  package var directory: String
  /// The job is stopped as timed out here.
  package var deadline: BootInstant
  /// The job is killed as fenced here; moved on by ``SupervisorCommand/fence(_:)``.
  package var fence: BootInstant
  /// From SIGTERM to SIGKILL after a timeout.
  package var terminationGrace: Duration

  package init(
    arguments: [String], environment: [String: String], directory: String, deadline: BootInstant,
    fence: BootInstant, terminationGrace: Duration
  ) {
    self.arguments = arguments
    self.environment = environment.map { "\($0)=\($1)" }.sorted()
    self.directory = directory
    self.deadline = deadline
    self.fence = fence
    self.terminationGrace = terminationGrace
  }

  /// The value of a variable of the job's environment.
  package func variable(_ name: String) -> String? {
    environment.first { $0.hasPrefix("\(name)=") }.map { String($0.dropFirst(name.utf8.count + 1)) }
  }
}

extension LaunchRequest {
  func encode(into writer: inout ByteWriter) {
    writer.write(arguments)
    writer.write(environment)
    writer.write(directory)
    writer.write(deadline.nanoseconds)
    writer.write(fence.nanoseconds)
    writer.write(terminationGrace.nanosecondsClamped)
  }

  init?(reading reader: inout ByteReader) {
    guard let arguments = reader.strings(), let environment = reader.strings(),
      let directory = reader.string(), let deadline = reader.integer(UInt64.self),
      let fence = reader.integer(UInt64.self), let grace = reader.integer(Int64.self)
    else { return nil }
    self.arguments = arguments
    self.environment = environment
    self.directory = directory
    self.deadline = BootInstant(nanoseconds: deadline)
    self.fence = BootInstant(nanoseconds: fence)
    terminationGrace = .nanoseconds(grace)
  }
}
