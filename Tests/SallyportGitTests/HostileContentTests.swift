import Testing

@testable import SallyportGit

@Suite struct HostileContentTests {
  /// Makes a repository whose `main` has exactly the given tree entries.
  private func serve(
    _ fixture: GitFixture, _ entries: [(mode: String, type: String, object: String, name: String)]
  ) async throws {
    let input = entries.map { "\($0.mode) \($0.type) \($0.object)\t\($0.name)\0" }.joined()
    let tree = try await fixture.git(
      "-C", fixture.bare, "mktree", "-z", "--missing", input: input)
    try await fixture.publish(tree: tree)
  }

  @Test(arguments: [
    ".git", ".GIT", ".Git", "git~1", "GIT~1", ".git\u{200c}", ".g\u{200d}it", ".git.", ".git ",
    ".git::$INDEX_ALLOCATION", "..", ".",
  ])
  func refusesToWriteIntoGitDirectory(name: String) async throws {
    try await GitFixture.with { fixture in
      try await fixture.git("init", "-q", "--bare", fixture.bare)
      let hook = try await fixture.blob("#!/bin/sh\ntouch \(fixture.directory)/pwned\n")
      let hooks = try await fixture.git(
        "-C", fixture.bare, "mktree", input: "100755 blob \(hook)\tpost-checkout\n")
      let inner = try await fixture.git(
        "-C", fixture.bare, "mktree",
        input: "040000 tree \(hooks)\thooks\n100644 blob \(hook)\tconfig\n")
      try await serve(fixture, [("040000", "tree", inner, name)])
      let error = await #expect(throws: GitError.self) { try await fixture.checkOut() }
      #expect(error?.code == .unsafeContent, "\(error?.message ?? "")")
      #expect(!fixture.exists("\(fixture.workspace())/.git/hooks"))
      #expect(!fixture.exists("\(fixture.directory)/hooks"))
      #expect(try fixture.read("\(fixture.workspace())/.git/config").hasPrefix("[core]"))
      #expect(!fixture.exists("\(fixture.directory)/pwned"))
    }
  }

  @Test func checksOutLinksAsLinks() async throws {
    try await GitFixture.with { fixture in
      try await fixture.git("init", "-q", "--bare", fixture.bare)
      let link = try await fixture.blob("/etc/passwd")
      try await serve(fixture, [("120000", "blob", link, "passwd")])
      _ = try await fixture.checkOut()
      let target = try await fixture.shell("readlink \"$1\"", "\(fixture.workspace())/passwd")
      #expect(target == "/etc/passwd\n")
    }
  }

  @Test func fetchesNoSubmodulesAndRunsNoFilters() async throws {
    try await GitFixture.with { fixture in
      try await fixture.git("init", "-q", "-b", "main", fixture.work)
      let pwned = "\(fixture.directory)/pwned"
      try fixture.write(
        "\(fixture.work)/.gitmodules",
        """
        [submodule "x"]
          path = sub
          url = ext::sh -c touch% \(pwned)
        [submodule "../../evil"]
          path = ../evil
          url = -u./x
        """)
      try fixture.write(
        "\(fixture.work)/.gitattributes",
        "* filter=evil diff=evil merge=evil\n*.bin filter=lfs\n")
      let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
      try fixture.write("\(fixture.work)/big.bin", pointer)
      try fixture.write(
        "\(fixture.work)/.gitconfig", "[filter \"evil\"]\n smudge = touch \(pwned)\n")
      try await fixture.git("-C", fixture.work, "add", "--all")
      try await fixture.git(
        "-C", fixture.work, "update-index", "--add", "--cacheinfo",
        "160000,\(String(repeating: "1", count: 40)),sub")
      try await fixture.git("-C", fixture.work, "commit", "-q", "-m", "Hostile")
      try await fixture.git("clone", "-q", "--bare", fixture.work, fixture.bare)
      let exchange = UploadPackExchange(fixture.bare)
      _ = try await fixture.checkOut(through: exchange)
      #expect(exchange.requests.count == 2)
      #expect(!fixture.exists(pwned))
      #expect(try fixture.read("\(fixture.workspace())/big.bin") == pointer)
      #expect(try fixture.names(in: "\(fixture.workspace())/sub") == [])
      #expect(!fixture.exists("\(fixture.workspace())/.git/modules"))
    }
  }

  /// Git refuses this when a submodule is initialised, libgit2 whenever it looks at one.
  @Test func runsNoSubmoduleCommand() async throws {
    try await GitFixture.with { fixture in
      try await fixture.makeOrigin()
      let pwned = "\(fixture.directory)/pwned"
      try await fixture.commit(
        ".gitmodules",
        "[submodule \"x\"]\n path = sub\n url = ./x\n update = !touch \(pwned)\n")
      try await fixture.push()
      _ = try? await fixture.checkOut()
      #expect(!fixture.exists(pwned))
    }
  }

  @Test func ignoresReplaceRefsAndAlternatesOfTheServer() async throws {
    try await GitFixture.with { fixture in
      try await fixture.makeOrigin()
      let head = try await fixture.head()
      let evil = try await fixture.git(
        "-C", fixture.work, "commit-tree", "-m", "evil", "HEAD~2^{tree}")
      try await fixture.git("-C", fixture.work, "update-ref", "refs/replace/\(head)", evil)
      try await fixture.push()
      let result = try await fixture.checkOut()
      #expect(result.commit.hexadecimal == head)
      #expect(fixture.exists("\(fixture.workspace())/file-3.txt"))
      #expect(!fixture.exists("\(fixture.workspace())/.git/refs/replace"))
    }
  }

  @Test func refusesGitBomb() async throws {
    try await GitFixture.with { fixture in
      try await fixture.git("init", "-q", "--bare", fixture.bare)
      var object = try await fixture.blob("boom")
      var entry = "100644 blob"
      for _ in 0..<8 {
        let input = (0..<10).map { "\(entry) \(object)\td\($0)\n" }.joined()
        object = try await fixture.git("-C", fixture.bare, "mktree", input: input)
        entry = "040000 tree"
      }
      try await fixture.publish(tree: object)
      var limits = GitLimits()
      limits.maximumEntries = 10_000
      let error = await #expect(throws: GitError.self) {
        try await fixture.checkOut(limits: limits)
      }
      #expect(error?.code == .limitExceeded)
    }
  }

  @Test func refusesEndlesslyDeepTree() async throws {
    try await GitFixture.with { fixture in
      try await fixture.git("init", "-q", "--bare", fixture.bare)
      let blob = try await fixture.blob("deep")
      // One fast-import stream with a path of 20,000 segments.
      let path = String(repeating: "d/", count: 20_000) + "file"
      let stream = """
        commit refs/heads/main
        committer C <c@example.org> 0 +0000
        data 4
        deep
        M 100644 \(blob) \(path)

        """
      try await fixture.git("-C", fixture.bare, "fast-import", "--quiet", input: stream)
      let error = await #expect(throws: GitError.self) { try await fixture.checkOut() }
      #expect(error?.code == .limitExceeded)
    }
  }

  @Test func refusesTooLargeFiles() async throws {
    try await GitFixture.with { fixture in
      try await fixture.makeOrigin()
      try await fixture.commit("zeros", String(repeating: "0", count: 4 << 20))
      try await fixture.push()
      var limits = GitLimits()
      limits.maximumWorkspace = 1 << 20
      let error = await #expect(throws: GitError.self) {
        try await fixture.checkOut(limits: limits)
      }
      #expect(error?.code == .limitExceeded)
      #expect(!fixture.exists("\(fixture.workspace())/zeros"))
    }
  }
}

extension GitFixture {
  func blob(_ content: String) async throws -> String {
    try await git("-C", bare, "hash-object", "-w", "--stdin", input: content)
  }

  /// Makes `main` of the bare repository a commit of the tree.
  func publish(tree: String) async throws {
    let commit = try await git("-C", bare, "commit-tree", "-m", "Made", tree)
    try await git("-C", bare, "update-ref", "refs/heads/main", commit)
  }
}
