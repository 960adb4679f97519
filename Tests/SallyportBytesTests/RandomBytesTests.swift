import SallyportBytes
import Testing

@Suite struct RandomBytesTests {
  @Test func thereAreAsManyAsWereAskedFor() {
    for count in 0...33 { #expect(randomBytes(count: count).count == count) }
  }

  @Test func everyByteIsRandom() {
    // That one of them is the same each time has a probability of 2^-240.
    let samples = (0..<31).map { _ in randomBytes(count: 19) }
    for index in 0..<19 { #expect(Set(samples.map { $0[index] }).count > 1) }
  }
}
