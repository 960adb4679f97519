import CSallyportProcess
import Glibc

/// The reading ends of a job's standard output and standard error.
package struct JobOutputs: Sendable {
  let stdout: FileDescriptor
  let stderr: FileDescriptor
}

/// Both pipes of a job, before its supervisor has taken the writing ends.
struct OutputPipes {
  let stdoutReader: FileDescriptor
  let stdoutWriter: FileDescriptor
  let stderrReader: FileDescriptor
  let stderrWriter: FileDescriptor

  init() throws(SystemError) {
    (stdoutReader, stdoutWriter) = try Self.pipe()
    (stderrReader, stderrWriter) = try Self.pipe()
  }

  static func pipe() throws(SystemError) -> (reader: FileDescriptor, writer: FileDescriptor) {
    var ends: [Int32] = [-1, -1]
    let failure = sallyport_process_pipe(&ends)
    guard failure == 0 else { throw SystemError("make a pipe", number: failure) }
    return (FileDescriptor(owning: ends[0]), FileDescriptor(owning: ends[1]))
  }
}

/// The connection between a worker and a supervisor, close-on-exec at both ends.
struct SocketPair {
  let ours: FileDescriptor
  let theirs: FileDescriptor

  init() throws(SystemError) {
    var ends: [Int32] = [-1, -1]
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw .last("make a socket pair") }
    ours = FileDescriptor(owning: ends[0])
    theirs = FileDescriptor(owning: ends[1])
  }
}
