import CSallyportProcess
import Glibc
import SallyportCore

/// The process behind ``SupervisorTemplate``: `sallyport-worker supervise-template`.
package enum TemplateProcess {
  /// The argument that makes the worker's executable a template.
  package static let subcommand = "supervise-template"

  /// Forks a supervisor for whatever three descriptors come over descriptor 0, until the worker is
  /// gone. Returns in every supervisor as well, with its exit code. The process must have no other
  /// threads.
  package static func run() -> Int32 {
    sallyport_process_set_name("sallyport-templ")
    sallyport_process_prepare_supervisor()
    guard sallyport_process_protect() == 0 else { return ExitCode.software }
    JobSupervisor.rehearse()
    while true {
      var descriptors: [Int32] = [-1, -1, -1]
      switch sallyport_process_take_descriptors(STDIN_FILENO, &descriptors) {
      case 0: break
      case ESHUTDOWN: return ExitCode.success
      default: return ExitCode.software
      }
      var pid: pid_t = -1
      let failure = sallyport_process_fork_sibling(descriptors, &pid)
      if pid == 0 { return failure == 0 ? JobSupervisor.run() : ExitCode.software }
      for descriptor in descriptors { close(descriptor) }
      answer(pid, failure)
    }
  }

  private static func answer(_ pid: pid_t, _ failure: Int32) {
    var writer = ByteWriter()
    writer.write(pid)
    writer.write(failure)
    _ = writer.bytes.withUnsafeBytes { bytes in
      send(STDIN_FILENO, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
    }
  }
}
