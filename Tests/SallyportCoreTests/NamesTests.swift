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
