import FoundationEssentials
import SallyportBytes
import SallyportTestSupport
import Testing

@Suite struct Base64Tests {
  @Test func isReadAsFoundationWritesIt() {
    var random = SeededGenerator(seed: 3)
    for length in 0...100 {
      let bytes = random.bytes(length)
      #expect(bytesOfBase64(Array(Data(bytes).base64EncodedData()).span) == bytes)
    }
  }

  @Test(arguments: [
    "AB==", "AAB=", "====", "A===", "A=AA", "AA=A", "AAA", "AAAA\n", " AAA", "AA-_", "AAA\u{e9}",
    "AAAA====", "AA==AAAA", "=",
  ])
  func otherSpellingsAreRefused(text: String) {
    #expect(bytesOfBase64(text.utf8.span) == nil)
  }

  @Test func onlyDigitsAreRead() {
    let digits = Array(
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    for byte in UInt8.min...UInt8.max {
      let value = digits.firstIndex(of: byte)
      #expect(sextet(byte) == value.map { UInt8($0) })
      for position in 0..<7 {
        var text = Array("AAAAAAA=".utf8)
        text[position] = byte
        // The last digit has two bits that belong to no byte. Without it there is more padding.
        let isPadding = position == 6 && byte == UInt8(ascii: "=")
        let isRead = value.map { position < 6 || $0.isMultiple(of: 4) } ?? isPadding
        #expect((bytesOfBase64(text.span) != nil) == isRead)
      }
    }
  }
}
