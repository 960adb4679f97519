import SallyportBytes
import Testing

@Suite struct HexadecimalTests {
  @Test func everyByteIsReadAsItIsWritten() {
    let bytes = Array(UInt8.min...UInt8.max)
    let text = hexadecimalDigits(bytes)
    #expect(text.hasPrefix("000102030405060708090a0b"))
    #expect(bytesOfHexadecimalDigits(text) == bytes)
    #expect(text.isHexadecimal(digits: 512))
    for value in UInt8(0)...15 {
      #expect(Hexadecimal.value(ofLowercase: Hexadecimal.digit(value)) == value)
      #expect(Hexadecimal.value(of: Hexadecimal.uppercaseDigit(value)) == value)
    }
  }

  @Test func itDoesNotMatterHowTheyAreKept() {
    #expect(hexadecimalDigits((9...11).lazy.map { UInt8($0) }) == "090a0b")
    #expect(hexadecimalDigits([0, 1, 2][1...]) == "0102")
    let text = "0x090a0b".dropFirst(2)
    #expect(bytesOfHexadecimalDigits(text) == [9, 10, 11])
    #expect(text.isHexadecimal(digits: 6))
    #expect(text.isHexadecimal(digits: 8) == false)
  }

  @Test func onlyDigitsAreRead() {
    let lowercase = Set("0123456789abcdef".utf8)
    let digits = lowercase.union("ABCDEF".utf8)
    for byte in UInt8.min...UInt8.max {
      #expect((Hexadecimal.value(ofLowercase: byte) != nil) == lowercase.contains(byte))
      #expect((Hexadecimal.value(of: byte) != nil) == digits.contains(byte))
    }
  }

  @Test(arguments: ["a", "0A", "0g", " 0", "0x00", "\u{ff10}0"])
  func otherTextsAreRefused(text: String) {
    #expect(bytesOfHexadecimalDigits(text) == nil)
    #expect(text.isHexadecimal(digits: text.utf8.count) == (text == "a"))
  }
}
