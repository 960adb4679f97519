import Testing

@testable import SallyportGit

@Suite struct GitNamesTests {
  @Test(arguments: [
    "main", "v1.0", "feature/x", "refs/heads/main", "refs/tags/v1", "HEAD", "größe", "a@b", "a#1",
    "release-2.0+rc", "100%",
  ])
  func acceptsRef(_ text: String) throws {
    #expect(try GitRefName(text).rawValue == text)
  }

  @Test(arguments: [
    "", "-main", "--upload-pack=touch /tmp/x", "a b", "a\nb", "a\u{0}b", "a..b",
    "refs/heads/../../x",
    "/main", "main/", "a//b", ".hidden", "a/.b", "a.lock", "a/b.LOCK", "a.", "@", "@{-1}", "a@{0}",
    "a~1", "a^", "a^{}", "a:b", "+a", "a?b", "a*", "[a]", "a\\b", "ext::sh -c x", "EXT::x",
    "file:///etc", "a;b", "a|b", "$(x)", "`x`", "a'b", "a\"b", "a\u{7f}", "a\u{200c}b",
    "a\u{202e}b",
    "a/-b", "a..\u{301}b", "a/\u{301}/b.", ".\u{301}a", "-\u{301}a", "a.lock/\u{301}",
    String(repeating: "a", count: 256), "\u{fffd}\u{e000}",
  ])
  func refusesRef(_ text: String) {
    #expect(throws: GitError.self) { try GitRefName(text) }
  }

  @Test func readsRevisions() throws {
    let id = String(repeating: "Ab", count: 20)
    let byRef = try GitRevision(ref: id, commit: "")
    #expect(byRef.ref == nil)
    #expect(byRef.commit?.hexadecimal == id.lowercased())
    #expect(try GitRevision(ref: "", commit: "").ref?.rawValue == "HEAD")
    let both = try GitRevision(ref: "main", commit: id)
    #expect(both.ref?.rawValue == "main")
    #expect(both.commit != nil)
    for commit in ["12345", String(repeating: "g", count: 40), "HEAD", "--", " " + id] {
      #expect(throws: GitError.self) { try GitRevision(ref: "main", commit: commit) }
    }
    #expect(throws: GitError.self) {
      try GitRevision(ref: id, commit: String(repeating: "1", count: 40))
    }
    #expect(GitObjectID(String(repeating: "0", count: 40)) == nil)
  }

  @Test func neverAcceptsWhatGitRefuses() {
    var generator = TestGenerator(seed: 3)
    let alphabet: [Unicode.Scalar] =
      Array("abAB01._-/+@#=,%~^:?*[\\ \u{0}\u{1f}\u{200b}é{}".unicodeScalars)
      + ["\u{301}", "\u{32a}"]
    for _ in 0..<50_000 {
      var text = ""
      for _ in 0..<Int.random(in: 1...12, using: &generator) {
        text.unicodeScalars.append(alphabet[Int.random(in: 0..<alphabet.count, using: &generator)])
      }
      guard let name = try? GitRefName(text) else { continue }
      for candidate in name.candidates where candidate.hasPrefix("refs/") {
        #expect(LibraryNames.isValid(candidate), "\(candidate)")
      }
    }
  }
}
