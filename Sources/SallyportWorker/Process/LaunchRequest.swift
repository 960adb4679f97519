import SallyportCore
package import SallyportSecrets

/// What a supervisor is to run.
package struct LaunchRequest: Hashable, Sendable {
  /// argv; never passed to a shell.
  package var arguments: [String]
  /// The whole environment, sorted by name.
  package var environment: [String]
  /// Variables that are in the job's environment only, and nowhere in this process's.
  package var secrets: [SecretVariable]
  /// Removed with all that is in it when nothing of the job is left; nil where it has none.
  package var secretsFolder: String?
  /// The working directory.
  package var directory: String
  /// The job is stopped as timed out here.
  package var deadline: BootInstant
  /// The job is killed as fenced here; moved on by ``SupervisorCommand/fence(_:)``.
  package var fence: BootInstant
  /// From SIGTERM to SIGKILL after a timeout.
  package var terminationGrace: Duration

  package init(
    arguments: [String], environment: [String: String], secrets: [SecretVariable] = [],
    secretsFolder: String? = nil, directory: String, deadline: BootInstant, fence: BootInstant,
    terminationGrace: Duration
  ) {
    self.arguments = arguments
    self.environment = environment.map { "\($0)=\($1)" }.sorted()
    self.secrets = secrets
    self.secretsFolder = secretsFolder
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
    writer.write(UInt32(secrets.count))
    for secret in secrets {
      writer.write(secret.name)
      writer.write(secret.value)
    }
    writer.write(secretsFolder ?? "")
    writer.write(directory)
    writer.write(deadline.nanoseconds)
    writer.write(fence.nanoseconds)
    writer.write(terminationGrace.nanosecondsClamped)
  }

  init?(reading reader: inout ByteReader) {
    guard let arguments = reader.strings(), let environment = reader.strings(),
      let secrets = Self.secrets(reading: &reader), let folder = reader.string(),
      let directory = reader.string(), let deadline = reader.integer(UInt64.self),
      let fence = reader.integer(UInt64.self), let grace = reader.integer(Int64.self)
    else { return nil }
    self.arguments = arguments
    self.environment = environment
    self.secrets = secrets
    secretsFolder = folder.isEmpty ? nil : folder
    self.directory = directory
    self.deadline = BootInstant(nanoseconds: deadline)
    self.fence = BootInstant(nanoseconds: fence)
    terminationGrace = .nanoseconds(grace)
  }

  private static func secrets(reading reader: inout ByteReader) -> [SecretVariable]? {
    guard let count = reader.integer(UInt32.self), count <= JobSecret.maximumCount else {
      return nil
    }
    var secrets: [SecretVariable] = []
    for _ in 0..<count {
      guard let name = reader.string(), let value = reader.secret() else { return nil }
      secrets.append(SecretVariable(name: name, value: value))
    }
    return secrets
  }
}
