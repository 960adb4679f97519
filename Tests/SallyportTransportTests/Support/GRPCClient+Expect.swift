import GRPCCore
import SallyportTransportTestSupport
import Testing

extension GRPCClient {
  /// The connection works.
  func expectEcho() async throws {
    let reply = try await echo([1])
    #expect(reply == [1])
  }
}
