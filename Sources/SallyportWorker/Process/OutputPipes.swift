import CSallyportProcess
import Glibc

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
