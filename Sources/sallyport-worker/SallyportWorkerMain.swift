import Glibc
import SallyportConfig
import SallyportCore
import SallyportWorker

@main
enum SallyportWorkerMain {
  static func main() async {
    // First of all, while the process has one thread: a supervisor forks.
    switch CommandLine.arguments.dropFirst().first {
    case JobSupervisor.subcommand: exit(JobSupervisor.run())
    case TemplateProcess.subcommand: exit(TemplateProcess.run())
    default: break
    }
    guard WorkerProcess.protect() else { exit(ExitCode.software) }
    await runExecutable(WorkerCommand.self, report: WorkerFailure.report)
  }
}
