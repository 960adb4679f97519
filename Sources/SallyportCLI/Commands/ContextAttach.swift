import ArgumentParser
import SallyportProtos
import SwiftProtobuf

struct ContextAttach: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "attach", abstract: "Give what a context has to all jobs of a worker pool.")

  @OptionGroup var place: ContextPoolOptions

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let request = Sallyport_Operator_V1_AttachContextRequest.with {
      $0.context = place.name
      $0.pool = place.pool
    }
    let changed = try await global.session().call { client, options in
      try await client.attachContext(request, options: options)
    }
    try await global.show(ContextView(changed))
  }
}
