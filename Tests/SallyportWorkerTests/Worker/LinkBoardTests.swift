import SallyportProtos
import SallyportRelay
import Testing

@testable import SallyportWorker

@Suite struct LinkBoardTests {
  private func withAccesses(
    _ body: @escaping @Sendable (GatewayAccess, GatewayAccess) async throws -> Void
  ) async throws {
    try await InProcessDialer(gateway: FakeGateway()).withLink { link in
      let service = Sallyport_Worker_V1_WorkerService.Client(wrapping: link.client)
      try await body(
        GatewayAccess(service: service, dialer: nil), GatewayAccess(service: service, dialer: nil))
    }
  }

  /// What there is without waiting.
  private func currentNow(_ links: LinkBoard) async -> GatewayAccess? {
    let look = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await links.current()
    }
    return try? await look.value
  }

  @Test func aConnectionThatTakesNothingNewIsWaitedBehind() async throws {
    try await withAccesses { first, second in
      let links = LinkBoard()
      #expect(await currentNow(links) == nil)
      links.publish(first)
      #expect(await currentNow(links) === first)
      first.retired.set(true)
      #expect(await currentNow(links) == nil)
      // What is on it goes on.
      #expect(first.superseded.current == nil && first.lost.current == nil)
      links.publish(second)
      #expect(await currentNow(links) === second)
      #expect(first.superseded.current == true && first.lost.current == nil)
    }
  }

  @Test func aConnectionThatIsRetiredBeforeItIsPublishedIsNotUsed() async throws {
    try await withAccesses { first, second in
      let links = LinkBoard()
      first.retired.set(true)
      links.publish(first)
      #expect(await currentNow(links) == nil)
      links.publish(second)
      #expect(await currentNow(links) === second)
    }
  }
}
