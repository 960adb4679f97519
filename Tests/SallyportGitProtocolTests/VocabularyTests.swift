import SallyportGitProtocol
import Testing

@Suite struct VocabularyTests {
  @Test(arguments: [40, 64])
  func objectIDs(digits: Int) throws {
    let text = String(repeating: "0123456789abcdef", count: 4).prefix(digits)
    let id = try #require(ObjectID(text))
    #expect(id.description == text)
    #expect(ObjectID(text.uppercased()) == id)
    #expect(ObjectID(text.dropLast()) == nil)
    #expect(ObjectID(text.dropLast() + "g") == nil)
    #expect(ObjectID(" " + text.dropLast()) == nil)
    #expect(ObjectID(text + "0") == nil)
    #expect(ObjectID(String(repeating: "0", count: digits))?.isZero == true)
    #expect(id.isZero == false)
  }

  @Test(arguments: [40, 64])
  func everyDigitOfAnIDCounts(digits: Int) throws {
    let zero = [UInt8](repeating: UInt8(ascii: "0"), count: digits)
    var ids: Set<ObjectID> = []
    for index in 0..<digits {
      var digits = zero
      digits[index] = UInt8(ascii: "G")
      #expect(ObjectID(digits[...]) == nil)
      digits[index] = UInt8(ascii: "F")
      let id = try #require(ObjectID(digits[...]))
      #expect(Array(id.description.utf8) == digits.map { $0 | 0x20 })
      ids.insert(id)
    }
    #expect(ids.count == digits)
  }

  @Test func idsOfTwoFormatsDiffer() throws {
    let short = String(repeating: "a", count: 40)
    let long = short + String(repeating: "0", count: 24)
    #expect(try #require(ObjectID(short)) != #require(ObjectID(long)))
  }

  @Test(arguments: [
    "HEAD", "refs/heads/main", "refs/tags/v1.0", "refs/pull/1/head", "refs/heads/gr\u{FC}n",
    "refs/heads/a-b_c+d@e", "refs/stash", "refs/heads/@",
  ])
  func refNames(text: String) { #expect(RefName(text)?.rawValue == text) }

  @Test(arguments: [
    "", "main", "heads/main", "FETCH_HEAD", "head", "refs", "refs/", "/refs/heads/a", "refs//a",
    "refs/heads/", "refs/heads/.a", "refs/heads/a..b", "refs/heads/../../x", "refs/heads/a.lock",
    "refs/heads/a.", "refs/heads/a b", "refs/heads/a\nb", "refs/heads/a\0b", "refs/heads/a~1",
    "refs/heads/a^", "refs/heads/a:b", "refs/heads/a?", "refs/heads/*", "refs/heads/[a]",
    "refs/heads/a\\b", "refs/heads/a@{1}", "refs/heads/a\u{7F}", ".have", "refs/tags/v1^{}",
    "refs/heads/\(String(repeating: "a", count: 5_000))",
  ])
  func otherNames(text: String) { #expect(RefName(text) == nil) }

  @Test func namesThatAreNotUTF8() {
    #expect(RefName(Array("refs/heads/".utf8)[...] + [0xFF]) == nil)
    #expect(RefName(Array("refs/heads/".utf8)[...] + [0xC0, 0xAF]) == nil)
  }

  @Test func namesAreComparedAsBytes() throws {
    let one = try #require(RefName("refs/heads/\u{E9}"))
    let other = try #require(RefName("refs/heads/e\u{301}"))
    #expect(one.rawValue == other.rawValue, "the same text to Swift")
    #expect(one != other)
    #expect(Set([one, other]).count == 2)
  }

  @Test(arguments: [
    "blob:none", "blob:limit=0", "blob:limit=10k", "tree:0", "tree:3", "object:type=commit",
    "combine:blob:none+tree:3",
  ])
  func filters(text: String) { #expect(FilterSpec(Array(text.utf8)[...])?.text == text) }

  @Test(arguments: [
    "", "blob", "blob:", "blob:limit=", "blob:limit=k", "blob:limit=-1", "tree:", "tree:x",
    "sparse:oid=refs/heads/secret:list", "sparse:path=/etc/passwd", "combine:",
    "combine:blob:none+sparse:oid=x", "combine:blob:none+combine:tree:0", "combine:sparse%3aoid=x",
    "object:type=anything", "blob:none ", "blob:none\0", "tree:99999999999999999999",
  ])
  func otherFilters(text: String) { #expect(FilterSpec(Array(text.utf8)[...]) == nil) }
}
