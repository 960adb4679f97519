import SallyportTestSupport
import Testing

@testable import SallyportTLS

@Suite struct VerifiedChainTests {
  private let chain = VerifiedChain(
    der: [[1, 2, 3], [], Array(repeating: 7, count: 300)], validUntil: 1_900_000_000)

  @Test func isReadAsItWasWritten() throws {
    let data = try #require(chain.ticketData)
    #expect(VerifiedChain(ticketData: data) == chain)
  }

  @Test func noPartOfItIsRead() throws {
    let data = try #require(chain.ticketData)
    // Where a certificate ends there is a shorter chain.
    let ends: Set = [15, 19]
    for count in 0..<data.count where !ends.contains(count) {
      #expect(VerifiedChain(ticketData: data[..<count]) == nil, "\(count)")
    }
  }

  @Test func anyBytesAreReadWithoutATrap() {
    var random = SeededGenerator(seed: 5)
    for length in 0..<400 { _ = VerifiedChain(ticketData: random.bytes(length)) }
    #expect(VerifiedChain(ticketData: [UInt8](repeating: 0xFF, count: 64)) == nil)
  }

  @Test func aLongChainHasNone() {
    let long = VerifiedChain(
      der: Array(repeating: Array(repeating: 0, count: 1_000), count: 9), validUntil: 0)
    #expect(long.ticketData == nil)
  }
}
