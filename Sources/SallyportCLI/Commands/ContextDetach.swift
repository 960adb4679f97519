import ArgumentParser
import SallyportProtos
import SwiftProtobuf

struct ContextDetach: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "detach", abstract: "Take a context from a worker pool.")

  @OptionGroup var place: ContextPoolOptions

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let request = Sallyport_Operator_V1_DetachContextRequest.with {
      $0.context = place.name
      $0.pool = place.pool
    }
    let changed = try await global.session().call { client, options in
      try await client.detachContext(request, options: options)
    }
    try await global.show(ContextView(changed))
  }
}
