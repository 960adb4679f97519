import FoundationEssentials
import SallyportBytes
import SallyportTestSupport
import Testing

@Suite struct Base64Tests {
  @Test func isReadAsFoundationWritesIt() {
    var random = SeededGenerator(seed: 3)
    for length in 0...100 {
      let bytes = random.bytes(length)
      #expect(bytesOfBase64(Data(bytes).base64EncodedData()) == bytes)
    }
  }

  @Test(arguments: [
    "AB==", "AAB=", "====", "A===", "A=AA", "AA=A", "AAA", "AAAA\n", " AAA", "AA-_", "AAA\u{e9}",
  ])
  func otherSpellingsAreRefused(text: String) {
    #expect(bytesOfBase64(Array(text.utf8)) == nil)
  }
}
