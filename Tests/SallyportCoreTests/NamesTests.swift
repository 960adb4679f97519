import SallyportCore
import Testing

@Suite struct NamesTests {
  @Test(arguments: ["a", "a-b", "0", String(repeating: "x", count: 63)])
  func acceptsLabels(_ text: String) throws {
    #expect(try PoolName(text).rawValue == text)
  }

  @Test(arguments: [
    "", "-a", "a-", "A", "a.b", "a_b", "a b", "a/b", "\u{e4}", "a\n", "$(id)",
    String(repeating: "x", count: 64),
  ])
  func refusesTheRestAndNamesIt(_ text: String) {
    let error = #expect(throws: InvalidName.self) { try TenantName(text) }
    #expect(error?.description.contains("tenant") == true)
  }
}

@Suite struct IdentifierTests {
  @Test func randomIdentifiersAreDistinctAndParse() {
    let ids = (0..<1_000).map { _ in JobID.random() }
    #expect(Set(ids).count == ids.count)
    #expect(ids.allSatisfy { JobID($0.rawValue) == $0 })
  }

  @Test(arguments: [
    "", "0123456789abcdef0123456789abcde", "0123456789abcdef0123456789abcdef0",
    "0123456789ABCDEF0123456789ABCDEF", "0123456789abcdef0123456789abcdeg",
  ])
  func refusesOtherTexts(_ text: String) {
    #expect(RelayID(text) == nil)
  }
}

@Suite struct SecretTests {
  @Test func neverPrintsItsValue() {
    let secret = Secret("hunter2")
    var dumped = ""
    dump(secret, to: &dumped)
    for text in ["\(secret)", String(describing: secret), String(reflecting: secret), dumped] {
      #expect(!text.contains("hunter2"))
    }
    #expect(secret.withValue { $0 } == "hunter2")
  }

  @Test func comparesWholeByteStrings() {
    #expect(constantTimeEqual([1, 2, 3], [1, 2, 3]))
    #expect(!constantTimeEqual([1, 2, 3], [1, 2, 4]))
    #expect(!constantTimeEqual([1, 2, 3], [1, 2]))
    #expect(constantTimeEqual([UInt8](), []))
  }
}
