import ArgumentParser
import SallyportProtos
import SwiftProtobuf

struct PoolPause: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pause", abstract: "Offer no job of a worker pool until it is resumed.",
    discussion: """
      Submits are taken, and what runs goes on. Pausing a paused pool changes the reason.
      """)

  @Argument(help: "Name of the pool.")
  var name: String

  @Option(help: "Why; shown to whoever asks what a job waits for.")
  var reason: String

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let request = Sallyport_Operator_V1_PausePoolRequest.with {
      $0.name = name
      $0.reason = reason
    }
    let pool = try await global.session().call { client, options in
      try await client.pausePool(request, options: options)
    }
    try await global.show(PoolView(pool))
  }
}
