import ArgumentParser

struct JobCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "job", abstract: "Submit, sign, watch and cancel jobs.",
    subcommands: [
      JobSubmit.self, JobSign.self, JobVerify.self, JobList.self, JobShow.self, JobLogs.self,
      JobCancel.self,
    ])
}
