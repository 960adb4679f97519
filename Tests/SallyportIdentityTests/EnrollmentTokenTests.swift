import SallyportCore
import SallyportIdentity
import Testing

@Suite struct EnrollmentTokenTests {
  @Test func parsesWhatItPrints() throws {
    let token = EnrollmentToken.make()
    let text = token.text.withValue { $0 }
    #expect(text.hasPrefix("sallyport_enroll_"))
    #expect(text.utf8.count == 17 + 64 + 8)
    let parsed = try EnrollmentToken(parsing: "  \(text)\r\n")
    #expect(parsed.hash == token.hash)
    #expect(parsed.hash == token.hash)
  }

  @Test func tokensDiffer() {
    let hashes = (0..<100).map { _ in EnrollmentToken.make().hash }
    #expect(Set(hashes).count == 100)
  }

  @Test func refusesEveryChangedCharacter() {
    let text = EnrollmentToken.make().text.withValue { $0 }
    for index in text.indices {
      for replacement in ["0", "1", "A", "F", "g", "\u{0430}", "\u{FF10}", "\0", " "]
      where replacement != String(text[index]) {
        var changed = text
        changed.replaceSubrange(index...index, with: replacement)
        let error = #expect(throws: IdentityError.self) { try EnrollmentToken(parsing: changed) }
        #expect(error?.code == .invalidToken)
      }
    }
  }

  @Test func refusesTruncationsAdditionsAndCapitals() {
    let text = EnrollmentToken.make().text.withValue { $0 }
    for length in 0..<text.count {
      #expect(throws: IdentityError.self) {
        try EnrollmentToken(parsing: String(text.prefix(length)))
      }
    }
    for other in [text + "0", text + " " + text, text.uppercased(), "x" + text, ""] {
      #expect(throws: IdentityError.self) { try EnrollmentToken(parsing: other) }
    }
  }

  @Test func neverShowsItself() throws {
    let token = EnrollmentToken.make()
    let secret = String(token.text.withValue { $0 }.dropFirst(17))
    var dumped = ""
    dump(token, to: &dumped)
    let shown = "\(token) \(String(reflecting: token)) \(token.text) \(dumped)"
    #expect(!shown.contains(secret.prefix(16)))
    let damaged = #expect(throws: IdentityError.self) {
      try EnrollmentToken(parsing: "sallyport_enroll_" + secret.dropLast() + "z")
    }
    #expect(damaged.map { "\($0)".contains(secret.prefix(16)) } == false)
  }

  @Test func externalIDsCompareExactly() {
    let id = ExternalID.random()
    let text = id.rawValue
    #expect(id.matches(text))
    for other in ["", String(text.dropLast()), text + "0", text.uppercased() + "A", "\(text) "] {
      #expect(!id.matches(other))
    }
    #expect(ExternalID(text.uppercased() + "") == nil || text.uppercased() == text)
    #expect(ExternalID("customer-supplied") == nil)
  }
}
