import ArgumentParser

struct JobCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "job", abstract: "Submit, watch and cancel jobs.",
    subcommands: [
      JobSubmit.self, JobList.self, JobShow.self, JobLogs.self, JobCancel.self,
    ])
}
