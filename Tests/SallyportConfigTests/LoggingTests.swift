import Foundation
import Logging
import SallyportConfig
import Synchronization
import Testing

private final class MemorySink: LogSink {
  private let lines = Mutex<[String]>([])
  func write(_ line: [UInt8]) {
    lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
  }
  var text: [String] { lines.withLock { $0 } }
}

@Suite struct LoggingTests {
  private let time = (seconds: Int64(1_752_829_503), nanoseconds: Int32(42_000_000))

  private func line(
    _ format: LogFormat, _ message: String, _ fields: Logger.Metadata = [:]
  ) -> String {
    String(
      decoding: LogLineEncoder(format: format, label: "test").encode(
        time: time, level: .warning, message: message, fields: fields), as: UTF8.self)
  }

  private func object(_ line: String) throws -> [String: Any] {
    try #require(
      try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
  }

  @Test func textLines() {
    #expect(
      line(.text, "relay closed", ["tenant": "acme", "job": "j1", "reason": "it is idle"])
        == "2025-07-18T09:05:03.042Z warning  relay closed job=j1 reason=\"it is idle\" "
        + "tenant=acme\n")
  }

  @Test func jsonLines() throws {
    let line = line(
      .json, "say \"hi\"", ["epoch": .stringConvertible(UInt64(7)), "ok": .stringConvertible(true)])
    #expect(
      line == "{\"time\":\"2025-07-18T09:05:03.042Z\",\"level\":\"warning\",\"logger\":\"test\","
        + "\"message\":\"say \\\"hi\\\"\",\"epoch\":7,\"ok\":true}\n")
    #expect(try object(line)["epoch"] as? Int == 7)
  }

  @Test func anEventIsOneLineWhateverItHolds() throws {
    let hostile = "a\nb\r\u{1b}[2J\u{0}\u{2028}\u{202e}\u{85}\u{e0041}\"\\=x"
    for format in LogFormat.allCases {
      let line = line(format, hostile, [hostile: .string(hostile)])
      #expect(line.unicodeScalars.filter(ShownText.isUnsafe) == ["\n"])
      #expect(line.hasSuffix("\n"))
    }
    let object = try object(line(.json, hostile, [hostile: .string(hostile)]))
    #expect(object["message"] as? String == hostile)
    #expect(object[hostile] as? String == hostile)
  }

  @Test func fieldsCannotReplaceTheEncodersOwn() throws {
    let object = try object(line(.json, "m", ["message": "forged", "level": "debug"]))
    #expect(object["message"] as? String == "m")
    #expect(object["level"] as? String == "warning")
    #expect(object["field.message"] as? String == "forged")
  }

  @Test func linesAreBounded() throws {
    for filler in ["x", "\u{1b}", "é", "\u{1f600}", "\""] {
      let long = String(repeating: filler, count: 100_000)
      var fields: Logger.Metadata = [:]
      for index in 0..<200 { fields["field\(index)"] = .string(long) }
      for format in LogFormat.allCases {
        let line = line(format, long, fields)
        #expect(line.utf8.count <= LogLineEncoder.maximumLine + 1)
        #expect(line.contains("fields-left-out"))
        if format == .json {
          let left = try #require(try object(line)["fields-left-out"] as? Int)
          #expect((190...200).contains(left))
        }
      }
    }
  }

  @Test func theHandlerMergesMetadataAndErrors() {
    let sink = MemorySink()
    var logger = Logger(label: "test") { label in
      LoggingSetup(threshold: .notice, format: .text).handler(label: label, sink: sink)
    }
    logger[metadataKey: "session"] = "s1"
    logger.info("dropped")
    logger.notice("kept", metadata: ["job": "j1"])
    logger[metadataKey: "session"] = nil
    logger.error("last")
    #expect(sink.text.count == 2)
    #expect(sink.text.first?.hasSuffix("notice   kept job=j1 session=s1\n") == true)
    #expect(sink.text.last?.hasSuffix("error    last\n") == true)
  }

  @Test func settingsChooseLevelAndFormat() throws {
    let schema = ConfigSchema(program: "sallyport-x", settings: LoggingSetup.settings)
    let values = try schema.load(
      file: nil, environment: ["SALLYPORT_X_LOG_LEVEL": "debug", "SALLYPORT_X_LOG_FORMAT": "json"])
    let setup = LoggingSetup(values)
    #expect(setup.threshold == .debug)
    #expect(setup.format == .json)
    #expect(throws: ConfigError.self) {
      try schema.load(file: nil, environment: ["SALLYPORT_X_LOG_LEVEL": "verbose"])
    }
  }
}
