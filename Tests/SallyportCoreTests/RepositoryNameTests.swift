import Testing

@testable import SallyportCore

@Suite struct RepositoryNameTests {
  @Test(arguments: [
    "app", "team/app.git", "a/b/c/d.git", ".github", "team/.github", "~user/app", "a+b/c_d-e.f",
    "git", "team/git", "x.gitx/y", "...",
  ])
  func accepts(_ text: String) throws {
    #expect(try RepositoryName(text).rawValue == text)
  }

  @Test(arguments: [
    "", "/", "/app", "app/", "a//b", ".", "..", "a/../b", "a/./b", "-app", "a/-b",
    "--upload-pack=x", ".git", "a/.git", "a/.GIT/b", "a.git/b", "a.Git/b.git", "a b", "a\nb",
    "a\u{0}b", "a%2fb", "a\\b", "a;b", "a?b", "a#b", "a:b", "user@host", "ext::sh", "ä", "a\u{301}",
    "a/\u{301}b", "a\u{2024}\u{2024}/b", "a*", String(repeating: "a", count: 129),
    String(repeating: "a/", count: 16) + "b", String(repeating: "abc/", count: 127) + "abcde",
  ])
  func refuses(_ text: String) {
    #expect(throws: InvalidRepositoryName.self) { try RepositoryName(text) }
  }

  @Test func describesWithoutControlCharacters() {
    let error = #expect(throws: InvalidRepositoryName.self) { try RepositoryName("a\u{1b}[2J") }
    #expect(error.map { !"\($0)".contains("\u{1b}") } == true)
  }

  @Test func segments() throws {
    #expect(try RepositoryName("a/b.git").segments == ["a", "b.git"])
  }
}
