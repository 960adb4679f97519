import ArgumentParser
import SallyportProtos
import SwiftProtobuf

struct ContextAttach: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "attach", abstract: "Give what a context has to all jobs of a worker pool.")

  @Argument(help: "Name of the context.")
  var name: String

  @Option(help: "The worker pool.")
  var pool: String

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let request = Sallyport_Operator_V1_AttachContextRequest.with {
      $0.context = name
      $0.pool = pool
    }
    let changed = try await global.session().call { client, options in
      try await client.attachContext(request, options: options)
    }
    try await global.show(ContextView(changed))
  }
}
