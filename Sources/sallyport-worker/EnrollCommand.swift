import ArgumentParser
import SallyportEdge
import SallyportSession

struct EnrollCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "enroll", abstract: "Exchange an enrollment token for this host's identity.")

  @OptionGroup var options: EnrollOptions

  func run() async throws { try await options.enroll(as: .worker) }
}
