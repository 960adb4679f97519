import SallyportBytes
import Testing

@Suite struct CanonicalFieldsTests {
  @Test func eachFieldFollowsItsLength() {
    var fields = CanonicalFields(purpose: "p")
    fields.add("")
    fields.add([7, 8])
    fields.add(UInt32(258))
    #expect(
      fields.bytes == [
        0, 0, 0, 1, 0x70, 0, 0, 0, 0, 0, 0, 0, 2, 7, 8, 0, 0, 0, 4, 0, 0, 1, 2,
      ])
  }

  @Test func whereAFieldEndsCounts() {
    var one = CanonicalFields(purpose: "p")
    one.add("ab")
    one.add("c")
    var other = CanonicalFields(purpose: "p")
    other.add("a")
    other.add("bc")
    #expect(one.bytes != other.bytes)
  }
}
