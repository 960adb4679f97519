import CSallyportProcess
import Glibc
internal import SallyportBytes
import SallyportSecrets

/// Starts the command of a job in the supervisor's process.
enum JobCommand {
  /// - Throws: ``SystemError``: no such command, not executable, too many arguments.
  static func start(_ request: LaunchRequest) throws(SystemError) -> pid_t {
    guard let command = request.arguments.first, !command.isEmpty else {
      throw SystemError("run an empty command", number: EINVAL)
    }
    let path = try ExecutableSearch.find(
      command, path: request.variable("PATH") ?? "", directory: request.directory)
    var pid: pid_t = 0
    let failure = withCStrings(request.arguments) { arguments in
      withEnvironment(request) { environment in
        sallyport_process_spawn_job(path, arguments, environment, request.directory, &pid)
      }
    }
    guard failure == 0 else { throw SystemError("run '\(command)'", number: failure) }
    return pid
  }

  /// Lets go of the command's ends of its output pipes, so that the worker sees their end when the
  /// last process of the job is gone.
  static func releaseOutputs() {
    let null = open("/dev/null", O_WRONLY | O_CLOEXEC)
    guard null >= 0 else {
      close(STDOUT_FILENO)
      close(STDERR_FILENO)
      return
    }
    dup2(null, STDOUT_FILENO)
    dup2(null, STDERR_FILENO)
    if null > STDERR_FILENO { close(null) }
  }
}

/// Lends the job's whole environment. The copies of secrets are overwritten after it.
private func withEnvironment<Result>(
  _ request: LaunchRequest, _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
  var variables: [[CChar]] = request.secrets.map { secret in
    let name = secret.name.utf8.map { CChar(bitPattern: $0) } + [CChar(bitPattern: 0x3D)]
    return secret.value.withBytes { bytes in
      var text: [CChar] = []
      text.reserveCapacity(name.count + bytes.count + 1)
      text += name
      for byte in bytes { text.append(CChar(bitPattern: byte)) }
      text.append(0)
      return text
    }
  }
  defer {
    for index in variables.indices {
      variables[index].withUnsafeMutableBytes { $0.overwrite() }
    }
  }
  return withCStrings(request.environment, and: variables, body)
}

/// Lends C copies of strings as a null-terminated array, as `execve` wants it.
func withCStrings<Result>(
  _ strings: [String], and others: [[CChar]] = [],
  _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) throws -> Result
) rethrows -> Result {
  var pointers = strings.map { strdup($0) }
  for other in others {
    pointers.append(other.withUnsafeBufferPointer { $0.baseAddress.map { strdup($0) } ?? nil })
  }
  pointers.append(nil)
  defer {
    for (index, pointer) in pointers.enumerated() {
      guard let pointer else { continue }
      if index >= strings.count { explicit_bzero(pointer, strlen(pointer)) }
      free(pointer)
    }
  }
  return try pointers.withUnsafeBufferPointer { buffer in
    guard let base = buffer.baseAddress else { preconditionFailure("the array has an element") }
    return try body(base)
  }
}
