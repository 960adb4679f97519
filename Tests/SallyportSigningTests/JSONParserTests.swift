import SallyportSigning
import Testing

@Suite struct JSONParserTests {
  @Test(
    arguments: [
      ("{}", "{}"), (" [ 1 , -2 , 0 ] ", "[1,-2,0]"), (#"{"a":null,"b":[true,false]}"#, nil),
      (#""A\u00e9\ud83d\ude00\/\b\f""#, #""Aé😀/\u0008\u000c""#), (#""\u0000""#, nil),
      ("9223372036854775807", nil), ("-9223372036854775808", nil),
    ] as [(String, String?)])
  func accepts(text: String, written: String?) throws {
    let value = try JSONParser.parse(Array(text.utf8))
    #expect(value.text == written ?? text)
    #expect(try JSONParser.parse(Array(value.text.utf8)) == value)
  }

  @Test(
    arguments: [
      ("", .unexpectedEnd), ("{", .unexpectedEnd), ("[1,", .unexpectedEnd),
      (#"{"a""#, .unexpectedEnd),
      ("[1,]", .unexpectedByte), ("{,}", .unexpectedByte), ("{a:1}", .unexpectedByte),
      ("'a'", .unexpectedByte), ("nul", .unexpectedByte), ("NaN", .unexpectedByte),
      ("1 2", .trailingBytes), ("{}x", .trailingBytes), ("// a\n1", .unexpectedByte),
      (#"{"a":1,"a":1}"#, .duplicateName), (#"{"a":1,"\u0061":2}"#, .duplicateName),
      (#"[{"x":{"b":1,"b":2}}]"#, .duplicateName),
      ("1.0", .invalidNumber), ("1e3", .invalidNumber), ("01", .invalidNumber),
      ("-0", .invalidNumber),
      ("+1", .unexpectedByte), ("9223372036854775808", .invalidNumber), ("-", .invalidNumber),
      (#""\x""#, .invalidEscape), (#""\ud800""#, .unexpectedByte),
      (#""\ud800\u0041""#, .invalidEscape),
      (#""\udc00""#, .invalidEscape), (#""\u00g0""#, .invalidEscape), ("\"\n\"", .controlCharacter),
      ("[[[[[[[[[1]]]]]]]]]", .tooDeep), ("\u{FEFF}{}", .unexpectedByte),
    ] as [(String, JSONSyntaxError.Code)])
  func refuses(text: String, code: JSONSyntaxError.Code) {
    let error = #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(Array(text.utf8)) }
    if error?.code == .invalidEscape, code == .unexpectedByte { return }
    #expect(error?.code == code)
  }

  @Test func refusesWhatIsNotUTF8() {
    for bytes: [UInt8] in [[0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0xED, 0xA0, 0x80]] {
      let error = #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(bytes) }
      #expect(error?.code == .invalidUTF8)
    }
  }

  @Test func refusesWhatIsTooLong() {
    let text = [UInt8](repeating: 0x20, count: JSONParser.maximumLength + 1)
    let error = #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(text) }
    #expect(error?.code == .tooLong)
  }

  /// Whatever the bytes are: a value that reads back as itself, or an error, and no trap.
  @Test func survivesMutations() throws {
    let seed = Array(
      #"{"job_id":"0af","runs":1,"command":["a","\u00e9\\"],"x":{"y":[null,true,-7]}}"#.utf8)
    var generator = SplitMix(state: 20)
    var accepted = 0
    for _ in 0..<20_000 {
      var bytes = seed
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let index = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: bytes[index] = UInt8.random(in: .min ... .max, using: &generator)
        case 1: bytes.insert(UInt8.random(in: 0x20...0x7E, using: &generator), at: index)
        default: bytes.remove(at: index)
        }
      }
      guard let value = try? JSONParser.parse(bytes) else { continue }
      accepted += 1
      #expect(try JSONParser.parse(Array(value.text.utf8)) == value)
    }
    #expect(accepted > 100)
  }
}
