import Glibc
import SallyportConfig
import SallyportCore

/// Two connected sockets, of which one goes to another process.
struct LineEnds: ~Copyable {
  private var ours: CInt
  let theirs: CInt

  /// - Throws: ``ErrorReport``.
  init() throws {
    var ends: [CInt] = [-1, -1]
    let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, type, 0, &ends) == 0 else {
      throw ErrorReport(
        "cannot make a line to a new process: \(String(cString: strerror(errno)))",
        exitCode: ExitCode.failure)
    }
    (ours, theirs) = (ends[0], ends[1])
  }

  /// Closes the other process's end here, and gives this process's end to the caller.
  consuming func giveOurs() -> CInt {
    let ours = ours
    close(theirs)
    discard self
    return ours
  }

  deinit {
    close(ours)
    close(theirs)
  }
}
