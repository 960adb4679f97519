import Glibc
import SallyportConfig
import SallyportCore
import SallyportWorker

@main
enum SallyportWorkerMain {
  static func main() async {
    // First of all, while the process has one thread: a supervisor forks.
    if CommandLine.arguments.dropFirst().first == JobSupervisor.subcommand {
      exit(JobSupervisor.run())
    }
    guard WorkerProcess.protect() else { exit(ExitCode.software) }
    await runExecutable(WorkerCommand.self, report: WorkerFailure.report)
  }
}
