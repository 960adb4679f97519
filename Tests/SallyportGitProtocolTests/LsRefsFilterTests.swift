import SallyportGitProtocol
import Testing

@Suite struct LsRefsFilterTests {
  private let request = Wire.bytes(
    "command=ls-refs", "agent=git/2", "0001", "peel", "symrefs", "unborn", "ref-prefix HEAD",
    "ref-prefix refs/", "0000")

  @Test(arguments: ObjectFormat.allCases)
  func allowedRefsGoOn(format: ObjectFormat) async throws {
    try await GitFixture.with(format) { git in
      var request = request
      if format == .sha256 {
        request = Wire.bytes(
          "command=ls-refs", "object-format=sha256", "0001", "peel", "symrefs", "0000")
      }
      let answer = try await git.uploadPack(request, .v2)
      let permission = FetchPermission.only("refs/heads/main", "refs/tags/v1")
      let filtered = try list(answer, permission)
      #expect(
        filtered.lines == [
          "\(git["main"]) HEAD symref-target:refs/heads/main", "\(git["main"]) refs/heads/main",
          "\(git["v1"]) refs/tags/v1 peeled:\(git["main~1"])", "0000",
        ])
      #expect(filtered.refs.shown == 3)
      #expect(filtered.refs.withheld == 4)
      #expect(filtered.shown.count == 3)
      #expect(filtered.shown.head?.rawValue == "refs/heads/main")
      #expect(filtered.shown.name(of: git["main"])?.rawValue == "refs/heads/main")
      for sizes in [[1], [3, 70]] {
        #expect(try list(answer, permission, sizes: sizes).output == filtered.output)
      }
      #expect(try list(answer, .wholeRepository).output == answer)
    }
  }

  @Test func headIsWithheldWhereItIsNotKnownWhatItStandsFor() async throws {
    try await GitFixture.with { git in
      let answer = try await git.uploadPack(
        Wire.bytes("command=ls-refs", "0001", "ref-prefix HEAD", "0000"), .v2)
      #expect(try Wire.lines(answer) == ["\(git["main"]) HEAD", "0000"])
      #expect(try list(answer, .only("refs/heads/main")).lines == ["0000"])
      #expect(try list(answer, .only("HEAD")).lines.count == 2)
    }
  }

  @Test func anUnbornHead() async throws {
    try await GitFixture.with { git in
      try await git.shell("git symbolic-ref HEAD refs/heads/new")
      let answer = try await git.uploadPack(request, .v2)
      let line = "unborn HEAD symref-target:refs/heads/new"
      #expect(try Wire.lines(answer).contains(line))
      #expect(try list(answer, .only("refs/heads/new")).lines == [line, "0000"])
      #expect(try list(answer, .only("refs/heads/main")).lines.contains(line) == false)
    }
  }

  @Test func whatIsNotAllowedIsNotNamed() throws {
    let a = String(repeating: "a", count: 40)
    let answer = Wire.bytes(
      "\(a) refs/heads/main symref-target:refs/heads/secret new:x", "\(a) .have", "0000")
    #expect(
      try list(answer, .only("refs/heads/main")).lines == ["\(a) refs/heads/main", "0000"])
  }

  @Test func blanksSeparateWordsOneByOne() throws {
    let a = String(repeating: "a", count: 40)
    let b = String(repeating: "b", count: 40)
    let answer = Wire.bytes(
      "\(a) ", "\(a)  refs/heads/main", "\(a) refs/heads/main  peeled:x peeled:\(b) ",
      // Of what has no name that Git allows, nothing more is read.
      "\(a) .have peeled:x", "0000")
    let filtered = try list(answer, .wholeRepository)
    #expect(filtered.lines == ["\(a) refs/heads/main peeled:\(b)", "0000"])
    #expect(filtered.refs.withheld == 3)
  }

  @Test(arguments: [
    [], ["0001", "0000"], ["0000", "0000"], ["x"], ["unborn", "0000"], ["", "0000"],
    [" refs/heads/main", "0000"], ["unborn\(String(repeating: "a", count: 40)) HEAD", "0000"],
    ["\(String(repeating: "0", count: 40)) refs/heads/main", "0000"],
    ["\(String(repeating: "a", count: 40)) refs/heads/main peeled:x", "0000"],
    ["\(String(repeating: "a", count: 40)) HEAD symref-target:", "0000"],
    [
      "\(String(repeating: "a", count: 40)) HEAD symref-target:refs/heads/a symref-target:refs/heads/b",
      "0000",
    ],
    ["\(String(repeating: "a", count: 41)) refs/heads/main", "0000"],
  ])
  func malformed(lines: [String]) {
    let error = #expect(throws: InvalidAnswer.self) {
      try list(Wire.bytes(lines), .wholeRepository)
    }
    #expect(error?.code == .malformed)
  }
}
