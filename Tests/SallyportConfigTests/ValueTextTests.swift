import SallyportConfig
import Testing

@Suite struct ValueTextTests {
  @Test(arguments: [
    ("0s", Duration.zero), ("500ms", .milliseconds(500)), ("30s", .seconds(30)),
    ("10m", .seconds(600)), ("24h", .seconds(86_400)), ("7d", .seconds(604_800)),
    ("1h30m", .seconds(5_400)), ("1m1s1ms", .milliseconds(61_001)), ("007s", .seconds(7)),
  ])
  func durationsThatParse(text: String, expected: Duration) throws {
    #expect(try DurationText.parse(text) == expected)
  }

  @Test(arguments: [
    "", "30", "s", "-1s", "+1s", "1.5h", "1 h", " 1h", "1h ", "1H", "30m1h", "1h1h", "1us", "1ns",
    "٣s", "99999999999999999999s", "9223372036854775807d", "36501d", "36500d1ms", "1s\n", "0x1s",
  ])
  func durationsThatDoNot(text: String) {
    #expect(throws: TextFormError.self) { try DurationText.parse(text) }
  }

  @Test func durationsRoundTrip() throws {
    for seconds in [0, 1, 59, 60, 61, 90, 3_600, 5_400, 86_400, 90_000] {
      let duration = Duration.seconds(seconds)
      #expect(try DurationText.parse(DurationText.format(duration)) == duration)
    }
    #expect(DurationText.format(.seconds(86_400)) == "24h")
    #expect(DurationText.format(.milliseconds(1_500)) == "1500ms")
  }

  @Test(arguments: [
    ("0B", 0), ("512B", 512), ("64KiB", 65_536), ("4MiB", 4 << 20), ("1GiB", 1 << 30),
    ("2TiB", 2 << 40),
  ])
  func sizesThatParse(text: String, expected: Int) throws {
    #expect(try ByteSizeText.parse(text) == expected)
    #expect(ByteSizeText.format(expected) == text)
  }

  @Test(arguments: [
    "", "64", "B", "KiB", "64K", "64KB", "64MB", "64kib", "-1B", "+1B", "1.5MiB", "1 MiB",
    "9223372036854775808B", "9999999999TiB", "٣B",
  ])
  func sizesThatDoNot(text: String) {
    #expect(throws: TextFormError.self) { try ByteSizeText.parse(text) }
  }

  @Test(arguments: [
    ("gateway.example:7443", "gateway.example", 7443), ("127.0.0.1:0", "127.0.0.1", 0),
    ("[::1]:7443", "::1", 7443), ("[fe80::1%eth0]:1", "fe80::1%eth0", 1),
    ("a_b:65535", "a_b", 65_535),
  ])
  func addressesThatParse(text: String, host: String, port: Int) throws {
    let address = try HostPort(parsing: text)
    #expect(address == HostPort(host: host, port: port))
    #expect(address.description == text)
  }

  @Test(arguments: [
    "", ":", ":7443", "host", "host:", "host:x", "host:65536", "host:-1", "host:+1", "::1:7443",
    "[::1]", "[]:1", "[host]:1", "a b:1", "host:1/path", "https://host:1", "host:000001",
    "h\u{0}:1",
  ])
  func addressesThatDoNot(text: String) {
    #expect(throws: TextFormError.self) { try HostPort(parsing: text) }
  }

  @Test func timesAreRFC3339() {
    #expect(UTCTime.format(seconds: 0) == "1970-01-01T00:00:00.000Z")
    #expect(
      UTCTime.format(seconds: 1_709_208_245, nanoseconds: 42_999_999) == "2024-02-29T12:04:05.042Z")
    #expect(UTCTime.format(seconds: -1, fractionDigits: 0) == "1969-12-31T23:59:59Z")
    #expect(UTCTime.format(seconds: .min, fractionDigits: 0) == "0001-01-01T00:00:00Z")
    #expect(
      UTCTime.format(seconds: .max, nanoseconds: .min, fractionDigits: 6)
        == "9999-12-31T23:59:59.000000Z")
  }

  @Test func shownTextCannotControlATerminal() {
    #expect(ShownText.escaped("\u{1b}[2J\u{7}\r\nx\u{9b}m") == "\\x1b[2J\\x07\\r\\nx\\x9bm")
    #expect(ShownText.escaped("abc\u{202e}fdp.exe") == "abc\\u{202e}fdp.exe")
    #expect(ShownText.escaped("a\u{200b}b\u{feff}") == "a\\u{200b}b\\u{feff}")
    #expect(ShownText.escaped("Grüße 日本 \u{1f600}") == "Grüße 日本 \u{1f600}")
    // One grapheme, two scalars: both are escaped.
    #expect(ShownText.escaped("\r\n") == "\\r\\n")
    #expect(ShownText.short(String(repeating: "x", count: 500)).count == 81)
  }
}
