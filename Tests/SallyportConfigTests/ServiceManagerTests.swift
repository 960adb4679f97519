import Testing

@testable import SallyportConfig

@Suite struct ServiceManagerTests {
  private func activation(
    _ names: String?, count: String = "2", process: String = "7"
  ) throws -> SocketActivation? {
    var environment = ["LISTEN_PID": process, "LISTEN_FDS": count]
    environment["LISTEN_FDNAMES"] = names
    return try SocketActivation(environment: environment, process: 7, known: ["a", "b"])
  }

  @Test func socketsAreKnownByTheirNames() throws {
    #expect(try activation("b:a")?.names == ["b", "a"])
    #expect(try activation("b:a", process: "8") == nil)
    #expect(try SocketActivation(environment: [:], process: 7, known: ["a"]) == nil)
  }

  @Test(arguments: [nil, "a", "a:a", "a:c", "a:b:"])
  func socketsThatNobodyWouldServeAreRefused(names: String?) {
    #expect(throws: ErrorReport.self) { try activation(names) }
  }

  @Test(arguments: ["0", "-1", "x", "65"])
  func anImpossibleCountIsRefused(count: String) {
    #expect(throws: ErrorReport.self) { try activation("a:b", count: count) }
  }

  @Test func anOfferReadsAsItWasWritten() {
    let offer = SuccessorOffer(
      clockOrigin: 1_700_000_000_123,
      sockets: [
        .init(name: "agents", address: "0.0.0.0:7443"), .init(name: "enroll", address: "[::]:0"),
      ])
    #expect(SuccessorOffer(text: offer.text) == offer)
    for text in ["", "1", "2 5", "1 x", "1 5 agents"] { #expect(SuccessorOffer(text: text) == nil) }
  }
}
