import CSallyportProcess
import Glibc

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
      withCStrings(request.environment) { environment in
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

/// Lends C copies of strings as a null-terminated array, as `execve` wants it.
func withCStrings<Result>(
  _ strings: [String],
  _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) throws -> Result
) rethrows -> Result {
  var pointers = strings.map { strdup($0) }
  pointers.append(nil)
  defer { for pointer in pointers { free(pointer) } }
  return try pointers.withUnsafeBufferPointer { buffer in
    guard let base = buffer.baseAddress else { preconditionFailure("the array has an element") }
    return try body(base)
  }
}
