import ArgumentParser
import SallyportProtos
import SwiftProtobuf

struct PoolResume: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume", abstract: "Offer the jobs of a paused worker pool again.")

  @Argument(help: "Name of the pool.")
  var name: String

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let request = Sallyport_Operator_V1_ResumePoolRequest.with { $0.name = name }
    let pool = try await global.session().call { client, options in
      try await client.resumePool(request, options: options)
    }
    try await global.show(PoolView(pool))
  }
}
