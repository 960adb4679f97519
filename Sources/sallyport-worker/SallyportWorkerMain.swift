import Glibc
import SallyportConfig
import SallyportCore
import SallyportWorker

@main
enum SallyportWorkerMain {
  static func main() async {
    // First of all, while the process has one thread: a supervisor forks.
    switch CommandLine.arguments.dropFirst().first {
    // These hold nothing that is to be written at their end, and what `exit` does for libraries costs
    // a supervisor more than all that it does for its job.
    case JobSupervisor.subcommand: _exit(JobSupervisor.run())
    case TemplateProcess.subcommand: _exit(TemplateProcess.run())
    default: break
    }
    guard WorkerProcess.protect() else { exit(ExitCode.software) }
    await runExecutable(WorkerCommand.self, report: WorkerFailure.report)
  }
}
