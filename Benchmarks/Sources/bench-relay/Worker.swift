import ArgumentParser
import BenchmarkSupport
import GRPCCore
import HTTPTypes
import SallyportCore
import SallyportProtos
import SallyportRelay
import SallyportTLS
import SallyportTransport
import SwiftProtobuf

/// Takes one job, keeps its lease, and opens relays for it: as many as each line of standard input
/// asks for, `RELAYS BYTES`, each of which carries BYTES. Answers each line with a line of JSON.
struct Worker: AsyncParsableCommand {
  @OptionGroup var link: Link
  @Option(help: "The VCS pool that the job names.") var pool: String

  func run() async throws {
    try await link.dialer(.client).withLink { gateway in
      guard let dialer = gateway.dialer else { return }
      try await WorkerConversation.with(gateway.client) { session, _ in
        session.say(.with { $0.credits.credits = 1 })
        say("session open")
        let offer = try await session.answer().offer
        session.say(.with { $0.accept.attempt = offer.attempt })
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask { while true { _ = try await session.answer() } }
          group.addTask {
            while true {
              try await Task.sleep(for: .seconds(10))
              session.say(.with { $0.renewLeases.attempts = [offer.attempt] })
            }
          }
          say("job accepted")
          let fetcher = Fetcher(
            dialer: dialer, request: try request(for: offer.attempt), isSealed: link.inner != nil)
          for await line in standardInput() {
            let numbers = line.split(separator: " ").compactMap { Int($0) }
            guard numbers.count == 2 else { throw ValidationError("not RELAYS BYTES: \(line)") }
            try await fetcher.fetch(relays: numbers[0], bytes: numbers[1]).print()
          }
          group.cancelAll()
        }
      }
    }
  }

  private func request(for attempt: Sallyport_Session_V1_AttemptRef) throws -> RelayRequest {
    var headers = HTTPFields()
    for (name, value) in [
      ("sallyport-job", attempt.jobID), ("sallyport-epoch", "\(attempt.epoch)"),
    ] {
      guard let name = HTTPField.Name(name) else { throw Failure("not a header: \(name)") }
      headers[name] = value
    }
    return RelayRequest(authority: "\(pool).vcs.sallyport", headers: headers)
  }
}
