import Dispatch
import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOPosix
import SallyportCore
import Testing

@testable import SallyportHealth

struct HealthReportTests {
  @Test("One line for each check, in the order of declaration; one that fails fails all")
  func text() async {
    let report = await HealthReport(asking: [
      HealthCheck("first") { .passing("fine") },
      HealthCheck("second") { .failing("the disk is full") },
    ])
    #expect(!report.passes)
    #expect(report.text == "ok first: fine\nfailing second: the disk is full\n")
    #expect(HealthAnswer(report, asJSON: false).status == .serviceUnavailable)
  }

  @Test("The JSON form says the same, whatever is in it")
  func json() throws {
    let detail = "a \"quote\", a \\, a\nline and a \u{1}"
    let report = HealthReport(entries: [.init(name: "x", status: .failing(detail))])
    struct Shown: Decodable {
      struct Check: Decodable {
        let name: String
        let status: String
        let detail: String
      }
      let status: String
      let checks: [Check]
    }
    let shown = try JSONDecoder().decode(Shown.self, from: Data(report.json.utf8))
    #expect(shown.status == "failing")
    #expect(shown.checks.map(\.detail) == [detail])
    #expect(shown.checks.map(\.status) == ["failing"])
  }

  @Test("A check that does not answer fails, and is told to stop")
  func slowCheck() async {
    let entry = await HealthCheck("slow") {
      try? await Task.sleep(for: .seconds(3_600))
      return .passing("late")
    }.result(timeout: .milliseconds(20))
    #expect(!entry.passes)
    #expect(entry.detail.hasPrefix("no answer"))
  }

  @Test("A loop that does not come round fails")
  func loop() async throws {
    let tick = LoopTick()
    #expect(await HealthCheck.loop("loop", tick, within: .seconds(600)).result().passes)
    #expect(await !HealthCheck.loop("loop", tick, within: .seconds(-1)).result().passes)
  }

  @Test("Event loops answer; one that is held up fails the check")
  func eventLoops() async throws {
    try await MultiThreadedEventLoopGroup.withEventLoopGroup(numberOfThreads: 2) { group in
      let check = HealthCheck.eventLoops([group])
      #expect(await check.result().status == .passing("2 of 2 answer"))
      let hold = DispatchSemaphore(value: 0)
      group.next().execute { hold.wait() }
      #expect(await !check.result(timeout: .milliseconds(50)).passes)
      hold.signal()
      #expect(await check.result(timeout: .seconds(60)).passes)
    }
  }
}
