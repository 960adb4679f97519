import ArgumentParser

struct JobShow: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show a job.")

  @Argument(help: "Id of the job.")
  var id: String

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    try await global.show(JobView(try await global.session().job(id)))
  }
}
