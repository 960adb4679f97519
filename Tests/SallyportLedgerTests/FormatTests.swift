import SallyportCore
import Testing

@testable import SallyportLedger

@Suite struct FormatTests {
  @Test func hostileTextStaysOnOneLineAndOutOfTheTerminal() {
    let encoded = LedgerText.encoded(Sample.hostile, limit: 1_000)
    #expect(encoded.allSatisfy { (0x20...0x7e).contains($0) })
    #expect(
      String(decoding: encoded, as: UTF8.self)
        == #""a\nb\r\t\u0000\u001b[31m\u007f\u0085\u009b\u00ad\u200b\u202e\u2028\u2029\u2066\ufeff\ufffd\"\\/"#
        + #"\u00e9\ud83d\ude00\udbff\udfff""#)
    let value = LedgerValue.text(Sample.hostile).description
    #expect(
      value.unicodeScalars.allSatisfy {
        ![.control, .format, .lineSeparator, .paragraphSeparator, .unassigned].contains(
          $0.properties.generalCategory)
      })
  }

  @Test func invalidUTF8IsReplaced() {
    let text = String(decoding: [0x61, 0xff, 0xc0, 0x80, 0x62], as: UTF8.self)
    #expect(LedgerText.encoded(text, limit: 100) == Array(#""a\ufffd\ufffd\ufffdb""#.utf8))
  }

  @Test func textIsCutToItsBoundAndSaysSo() {
    for limit in 6..<40 {
      for text in [
        "abcdefghijklmnopqrstuvwxyz0123456789", "\u{1f600}\u{1f600}\u{1f600}\u{1f600}",
        "a\n\u{1f600}b\n\u{202e}c\u{1f600}d",
      ] {
        let whole = LedgerText.encoded(text, limit: 1_000)
        let cut = LedgerText.encoded(text, limit: limit)
        #expect(cut.count <= limit + 2)
        if whole.count - 2 <= limit {
          #expect(cut == whole)
        } else {
          #expect(cut.suffix(7) == Array(#"\u2026""#.utf8)[...])
          var parser = LedgerParser(cut)
          let decoded = parser.text()
          #expect(decoded.map { text.hasPrefix($0.dropLast()) } == true)
        }
      }
    }
  }

  /// Every kind, with everything in it as long as it may be, fits into a line and is read back.
  @Test(arguments: ["", "x", Sample.hostile, "long", "longest"])
  func everyKindFitsIntoALine(text: String) throws {
    let long = ["long": 2_000, "longest": 100_000][text].map {
      String(repeating: "\u{2028}x", count: $0)
    }
    let text = long ?? text
    let list = LedgerList((0..<1_000).map { _ in text })
    for entry in Sample.all(text: text, list: list, peer: try Sample.peer(segments: 20)) {
      let draft = try LedgerDraft(entry)
      let line = LedgerLine.encode(
        sequence: UInt64(Int64.max), time: .now(), previous: .none, kind: draft.kind,
        fields: draft.fields)
      #expect(line.count <= LedgerLine.maximumLength)
      #expect(line.count - draft.fields.count <= LedgerLine.maximumOverhead)
      let record = try #require(LedgerLine.decode(line))
      #expect(record.kind == draft.kind.rawValue)
      #expect(record.sequence == UInt64(Int64.max))
    }
  }

  @Test func listsAreCutWithACount() throws {
    let wants = LedgerList((0..<500).map { "\($0)" + String(repeating: "0", count: 37) })
    var fields = LedgerFields()
    fields.list("wants", wants)
    fields.list("refs", [])
    let record = try #require(decode(fields))
    guard case .list(let kept) = record["wants"],
      case .number(let omitted) = record["wants_omitted"]
    else {
      Issue.record("no list")
      return
    }
    #expect(kept.count + Int(omitted) == 500)
    #expect(kept == Array(wants.items.prefix(kept.count)))
    #expect(kept.count > 90)
    #expect(record["refs"] == nil && record["refs_omitted"] == nil)
  }

  @Test func numbersStayBelowTheBound() throws {
    var fields = LedgerFields()
    fields.number("a", .max)
    fields.number("b", 0)
    fields.number("c", nil)
    let record = try #require(decode(fields))
    #expect(record["a"] == .number(UInt64(Int64.max)))
    #expect(record["b"] == .number(0))
    #expect(record["c"] == nil)
  }

  @Test func timesAreFixedInForm() {
    #expect(LedgerTime(milliseconds: 0).description == "1970-01-01T00:00:00.000Z")
    #expect(LedgerTime(milliseconds: 951_827_696_789).description == "2000-02-29T12:34:56.789Z")
    #expect(LedgerTime(milliseconds: .max).description == "9999-12-31T23:59:59.999Z")
    #expect(LedgerTime("2026-01-31T23:59:59.999Z")?.description == "2026-01-31T23:59:59.999Z")
    for text in [
      "", "2026-01-31", "2026-01-31T23:59:59Z", "2026-01-31T23:59:59.999+",
      "２026-01-31T23:59:59.999Z",
    ] {
      #expect(LedgerTime(text) == nil)
    }
  }

  @Test func anchorsAreReadAsTheyAreWritten() {
    let hash = String(repeating: "0a", count: 32)
    #expect(LedgerAnchor("7:\(hash)")?.description == "7:\(hash)")
    for text in [
      "", ":", "7", "7:", "0:\(hash)", "07:\(hash)", "7:\(hash)0", "7:\(hash.uppercased())",
      "9223372036854775808:\(hash)", "7:\(hash):", "-7:\(hash)",
    ] {
      #expect(LedgerAnchor(text) == nil, "\(text)")
    }
  }

  @Test func headsAreReadAsTheyAreWritten() {
    for sequence in [0, 1, UInt64(Int64.max)] {
      let head = LedgerHead(
        ledger: LedgerID.random().rawValue, sequence: sequence, hash: LedgerHash(of: [1]))
      #expect(head.bytes.count == LedgerHead.length)
      #expect(LedgerHead(head.bytes) == head)
      for index in head.bytes.indices {
        var bytes = head.bytes
        bytes[index] ^= 0x80
        #expect(LedgerHead(bytes) == nil)
      }
      #expect(LedgerHead(head.bytes.dropLast()) == nil)
      #expect(LedgerHead(head.bytes + [10]) == nil)
    }
  }

  @Test func fileNamesAreTheirNumbers() {
    #expect(LedgerFileName(first: 17).description == "00000000000000000017.jsonl")
    #expect(LedgerFileName("00000000000000000017.jsonl")?.first == 17)
    for name in [
      "00000000000000000000.jsonl", "17.jsonl", "head", "00000000000000000017.json",
      "99999999999999999999.jsonl", "0000000000000000001é.jsonl", "0000000000000000001a.jsonl",
    ] {
      #expect(LedgerFileName(name) == nil, "\(name)")
    }
  }

  @Test func onlyTheOneFormOfALineIsRead() throws {
    let good = line(#","a":"x\n\u00e9","b":12,"c":["x","y"],"d":[]"#)
    #expect(LedgerLine.decode(Array(good.utf8)) != nil)
    for (index, field) in [
      #","a":1,"a":2"#, #","seq":1"#, #","a":"\u0041""#, #","a":"\u000a""#, #","a":"\u00E9""#,
      #","a":"\/""#, #","a":"é""#, #","a":"\ud800""#, #","a":"\udc00\ud800""#, #","a":"\ud800x""#,
      #","a":"\u12""#, #","a":"\x""#, #","a":"\"#, #","a":" "x"#, #","a": 1"#, #", "a":1"#,
      #","a":01"#, #","a":-1"#, #","a":1.0"#, #","a":1e3"#, #","a":9223372036854775808"#,
      #","a":18446744073709551617"#, #","a":true"#, #","a":null"#, #","a":{}"#, #","a":[1]"#,
      #","a":[["x"]]"#, #","a":["x",]"#, #","a":["x"#, #","a":"#, #","a""#, #","#, #","a":1,"#,
      ",\"a\":\"\t\"", ",\"a\":\"\u{7f}\"", #","a":1}{"#, #","a":NaN"#,
    ].enumerated() {
      #expect(LedgerLine.decode(Array(line(field).utf8)) == nil, "\(index): \(field)")
    }
    for cut in good.utf8.indices {
      #expect(LedgerLine.decode(Array(good.utf8[..<cut])) == nil)
    }
    #expect(LedgerLine.decode(Array(good.utf8) + [0x20]) == nil)
    #expect(LedgerLine.decode(Array(line("", sequence: "0").utf8)) == nil)
    #expect(LedgerLine.decode(Array(line("", kind: "Job").utf8)) == nil)
    #expect(LedgerLine.decode(Array(line("", kind: "").utf8)) == nil)
    #expect(LedgerLine.decode(Array(line("", kind: "of_a_later_version").utf8)) != nil)
    let members = (0..<61).map { ",\"a\($0)\":0" }
    #expect(LedgerLine.decode(Array(line(members.joined()).utf8)) == nil)
    #expect(LedgerLine.decode(Array(line(members.dropLast().joined()).utf8)) != nil)
    let depth = String(repeating: "[", count: 16_000)
    #expect(LedgerLine.decode(Array(line(#","a":\#(depth)"#).utf8)) == nil)
  }

  private func line(
    _ fields: String, sequence: String = "7", kind: String = "job"
  ) -> String {
    #"{"seq":\#(sequence),"time":"2026-01-31T23:59:59.999Z","prev":"\#(LedgerHash.none)","kind":"\#(kind)"\#(fields)}"#
  }

  private func decode(_ fields: LedgerFields) -> LedgerRecord? {
    LedgerLine.decode(
      LedgerLine.encode(
        sequence: 1, time: .now(), previous: .none, kind: .job, fields: fields.bytes))
  }
}
