import SallyportCore
import SallyportTestSupport
import Testing

@testable import SallyportVCSAgent

@Suite struct RepositoryPathTests {
  @Test func acceptsTheTwoForms() throws {
    let first = try RepositoryPath(parsing: "/team/app.git/info/refs?service=git-upload-pack")
    #expect(first.repository.rawValue == "team/app.git")
    #expect(first.resource == .advertisement)
    let second = try RepositoryPath(parsing: "/a/b/c/d/git-upload-pack")
    #expect(second.repository.rawValue == "a/b/c/d")
    #expect(second.resource == .uploadPack)
  }

  static let tricks = [
    "", "/", "*", "team/app.git/git-upload-pack", "//team/app.git/git-upload-pack",
    "/team//app.git/git-upload-pack", "/team/../app.git/git-upload-pack",
    "/team/./app.git/git-upload-pack", "/../team/app.git/git-upload-pack",
    "/team/app.git/../other.git/git-upload-pack", "/team/app.git/.git/../x/git-upload-pack",
    "/team/%2e%2e/app.git/git-upload-pack", "/team/%252e%252e/app/git-upload-pack",
    "/team%2fapp.git/git-upload-pack", "/team/app.git%00/git-upload-pack",
    "/team\\app.git/git-upload-pack", "/team/..\\app.git/git-upload-pack",
    "/team;x=1/app.git/git-upload-pack", "/team/app.git;/git-upload-pack",
    "/team/app.git\u{0}/git-upload-pack", "/team/app.git\n/git-upload-pack",
    "/team/app.git#/git-upload-pack", "/team/app.git/git-upload-pack#x",
    "/team/app.git/git-upload-pack?", "/team/app.git/git-upload-pack?service=git-upload-pack",
    "/team/app.git/git-upload-pack/", "/team/app.git//git-upload-pack",
    "/team/app.git/Git-Upload-Pack", "/team/app.git/git-upload-pack ",
    "http://evil.example/team/app.git/git-upload-pack",
    "https://127.0.0.1/team/app.git/git-upload-pack", "/https://evil.example/x/git-upload-pack",
    "/user@host/app.git/git-upload-pack", "/team/\u{2024}\u{2024}/app.git/git-upload-pack",
    "/team/\u{ff0e}\u{ff0e}/app.git/git-upload-pack", "/team/app\u{200b}.git/git-upload-pack",
    "/team/ap\u{301}p.git/git-upload-pack", "/-team/app.git/git-upload-pack",
    "/team/--upload-pack=x/git-upload-pack", "/.git/git-upload-pack", "/team/.GIT/git-upload-pack",
    "/a.git/b/git-upload-pack", "/team/app.git/.git/git-upload-pack", "/info/refs",
    "/git-upload-pack", "/\(String(repeating: "a/", count: 20))b/git-upload-pack",
    "/\(String(repeating: "a", count: 2_000))/git-upload-pack",
    "/team/app.git/info/refs/?service=git-upload-pack", "/team/app.git/unknown",
    "/team/app.git?x/git-upload-pack", "/\u{32a}Z/git-upload-pack", "/a/\u{301}b/git-upload-pack",
    "/a\u{301}/git-upload-pack", "/a/git-upload-pack\u{301}", "/a\r\n/git-upload-pack",
  ]

  @Test(arguments: tricks) func refusesTrick(_ path: String) {
    #expect(throws: RequestRefusal.self) { try RepositoryPath(parsing: path) }
  }

  @Test(arguments: [
    "/team/app.git/info/refs", "/team/app.git/info/refs?", "/team/app.git/info/refs?service=",
    "/team/app.git/info/refs?service=git-receive-pack",
    "/team/app.git/info/refs?service=git-upload-archive",
    "/team/app.git/info/refs?service=git-upload-pack&service=git-receive-pack",
    "/team/app.git/info/refs?Service=git-upload-pack",
    "/team/app.git/info/refs?service=git%2dupload-pack",
    "/team/app.git/info/refs?x=1&service=git-upload-pack",
    "/team/app.git/info/refs?service=git-upload-pack?", "/team/app.git/git-receive-pack",
    "/team/app.git/git-upload-archive", "/team/app.git/HEAD", "/team/app.git/objects/info/packs",
    "/team/app.git/objects/ab/cdef",
  ])
  func refusesOtherServices(_ path: String) {
    let refusal = #expect(throws: RequestRefusal.self) { try RepositoryPath(parsing: path) }
    #expect(refusal?.reason == .service)
    #expect(refusal?.status == 403)
  }

  /// Whatever is accepted has one spelling, and that spelling is what is sent on.
  @Test func fuzz() {
    var generator = SeededGenerator(seed: 42)
    let pieces = [
      "team", "app.git", "app", "..", ".", "/", "//", "%2e", "%2E%2E", "%252e", "\\", ";", "?", "#",
      ".git", ".GIT", "info/refs", "info/refs?service=git-upload-pack", "git-upload-pack",
      "git-receive-pack", "\u{0}", "\u{2024}", "é", " ", "@", ":", "~u", "+", "-", "&", "=",
      "service=git-upload-pack", "http://h", "a",
    ]
    var accepted = 0
    for _ in 0..<200_000 {
      var path = Bool.random(using: &generator) ? "/" : ""
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        path += pieces[Int.random(in: 0..<pieces.count, using: &generator)]
        if Bool.random(using: &generator) { path += "/" }
      }
      guard let parsed = try? RepositoryPath(parsing: path) else { continue }
      accepted += 1
      #expect(("/" + parsed.text).utf8.elementsEqual(path.utf8))
      let segments = parsed.repository.rawValue.split(
        separator: "/", omittingEmptySubsequences: false)
      #expect(segments.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." && $0 != ".git" })
      #expect(parsed.repository.rawValue.utf8.allSatisfy { $0 < 0x7F && $0 > 0x20 })
      #expect(!parsed.repository.rawValue.contains("%"))
    }
    #expect(accepted > 100)
  }

  @Test func fuzzBytes() {
    var generator = SeededGenerator(seed: 43)
    for _ in 0..<100_000 {
      let bytes = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
        UInt8.random(in: .min ... .max, using: &generator)
      }
      let path = "/" + String(decoding: bytes, as: UTF8.self) + "/git-upload-pack"
      if let parsed = try? RepositoryPath(parsing: path) {
        #expect(("/" + parsed.text).utf8.elementsEqual(path.utf8))
      }
    }
  }
}
