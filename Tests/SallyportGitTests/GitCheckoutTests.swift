import Logging
import SallyportCore
import Testing

@testable import SallyportGit

extension GitFixture {
  /// Checks out into a workspace of the given name.
  func checkOut(
    _ ref: String = "main", commit: String = "", into name: String = "workspace",
    limits: GitLimits = GitLimits(), through exchange: (any GitSmartExchange)? = nil
  ) async throws -> GitCheckout.Result {
    let checkout = GitCheckout(
      cacheDirectory: cache, limits: limits, logger: Logger(label: "test"))
    return try await checkout.checkOut(
      GitCheckout.Request(
        pool: "onprem", repository: try RepositoryName("team/app.git"),
        revision: try GitRevision(ref: ref, commit: commit), workspace: workspace(name)),
      through: exchange ?? UploadPackExchange(bare))
  }
}

@Suite struct GitCheckoutTests {
  @Test func checksOutBranchAsRealGitWould() async throws {
    try await GitFixture.with { fixture in
      try await fixture.git("init", "-q", "-b", "main", fixture.work)
      try fixture.write("\(fixture.work)/run.sh", "#!/bin/sh\necho hi\n")
      try await fixture.git("-C", fixture.work, "add", "--chmod=+x", "run.sh")
      try fixture.write("\(fixture.work)/.gitattributes", "*.bat eol=crlf\n")
      try fixture.write("\(fixture.work)/start.bat", "one\ntwo\n")
      try fixture.write("\(fixture.work)/dir/ünïcode name", "x")
      try await fixture.git(
        "-C", fixture.work, "update-index", "--add", "--cacheinfo",
        "120000,\(fixture.git("-C", fixture.work, "hash-object", "-w", "--stdin", input: "run.sh")),link"
      )
      try await fixture.git("-C", fixture.work, "add", "start.bat", "dir", ".gitattributes")
      try await fixture.git("-C", fixture.work, "commit", "-q", "-m", "First")
      try await fixture.git("clone", "-q", "--bare", fixture.work, fixture.bare)

      let result = try await fixture.checkOut()
      let head = try await fixture.head()
      #expect(result.commit.hexadecimal == head)
      #expect(result.reference == "refs/heads/main")
      #expect(try await fixture.complaints(about: fixture.workspace(), commit: head) == [])

      let clone = fixture.workspace("clone")
      try await fixture.git("clone", "-q", fixture.bare, clone)
      #expect(
        try await fixture.tree(of: fixture.workspace()) == fixture.tree(of: clone))
      #expect(try fixture.read("\(fixture.workspace())/start.bat") == "one\r\ntwo\r\n")
      #expect(!fixture.exists("\(fixture.workspace())/.git/hooks"))
      #expect(!fixture.exists("\(fixture.workspace())/.git/objects/info/alternates"))
    }
  }

  @Test func fetchesOnlyWhatIsNew() async throws {
    try await GitFixture.with { fixture in
      try await fixture.git("init", "-q", "-b", "main", fixture.work)
      for number in 1...40 {
        var generator = SystemRandomNumberGenerator()
        let noise = (0..<2_000).map { _ in String(generator.next(), radix: 36) }.joined()
        try await fixture.commit("noise-\(number)", noise)
      }
      try await fixture.git("clone", "-q", "--bare", fixture.work, fixture.bare)
      let first = try await fixture.checkOut(into: "first")
      try await fixture.commit("small.txt", "small\n")
      try await fixture.push()
      let second = try await fixture.checkOut(into: "second")
      let third = try await fixture.checkOut(into: "third")
      #expect(first.receivedObjects == 120)
      #expect(first.receivedBytes > 500_000)
      #expect(second.receivedObjects == 3)
      #expect(second.receivedBytes < 4_096)
      #expect(third.receivedObjects == 0)
      let head = try await fixture.head()
      for workspace in ["second", "third"] {
        let complaints = try await fixture.complaints(
          about: fixture.workspace(workspace), commit: head)
        #expect(complaints == [])
      }
    }
  }

  @Test func takesOnlyTheNamedRef() async throws {
    try await GitFixture.with { fixture in
      try await fixture.makeOrigin()
      try await fixture.git("-C", fixture.work, "checkout", "-q", "-b", "other")
      try await fixture.commit("other.txt", "CANARY-7f1b")
      let other = try await fixture.head()
      try await fixture.git("-C", fixture.work, "tag", "other-tag")
      try await fixture.push()
      let exchange = UploadPackExchange(fixture.bare)
      _ = try await fixture.checkOut("main", through: exchange)
      #expect(!exchange.bodies.contains(other))
      let workspace = fixture.workspace()
      let found = try await fixture.git(
        "-C", workspace, "cat-file", "-t", other, allowFailure: true)
      #expect(found == "")
      let refs = try await fixture.git("-C", workspace, "for-each-ref", "--format=%(refname)")
      #expect(refs == "refs/remotes/origin/main")
    }
  }

  @Test func resolvesEveryFormOfRef() async throws {
    try await GitFixture.with { fixture in
      try await fixture.makeOrigin()
      let main = try await fixture.head()
      try await fixture.git("-C", fixture.work, "tag", "light", "HEAD~1")
      try await fixture.git("-C", fixture.work, "tag", "-a", "-m", "x", "heavy", "HEAD~1")
      try await fixture.git("-C", fixture.work, "update-ref", "refs/pull/7/head", "HEAD~2")
      try await fixture.git("-C", fixture.work, "tag", "both", "HEAD~2")
      try await fixture.git("-C", fixture.work, "branch", "both", "HEAD~1")
      try await fixture.push()
      let (one, two) = (try await fixture.head("HEAD~1"), try await fixture.head("HEAD~2"))
      let expected: [(String, String, String?)] = [
        ("main", main, "refs/heads/main"), ("refs/heads/main", main, "refs/heads/main"),
        ("", main, "refs/heads/main"), ("HEAD", main, "refs/heads/main"),
        ("light", one, "refs/tags/light"), ("heavy", one, "refs/tags/heavy"),
        ("refs/tags/heavy", one, "refs/tags/heavy"), ("refs/pull/7/head", two, "refs/pull/7/head"),
        ("both", one, "refs/heads/both"), ("refs/tags/both", two, "refs/tags/both"),
      ]
      for (index, (ref, commit, reference)) in expected.enumerated() {
        let result = try await fixture.checkOut(ref, into: "w\(index)")
        #expect(result.commit.hexadecimal == commit, "\(ref)")
        #expect(result.reference == reference, "\(ref)")
        let complaints = try await fixture.complaints(
          about: fixture.workspace("w\(index)"), commit: commit)
        #expect(complaints == [], "\(ref)")
      }
      let described = try await fixture.git("-C", fixture.workspace("w5"), "describe")
      #expect(described == "heavy")
    }
  }

  @Test func namesTheRefThatDoesNotExist() async throws {
    try await GitFixture.with { fixture in
      try await fixture.makeOrigin()
      let error = await #expect(throws: GitError.self) {
        try await fixture.checkOut("nowhere")
      }
      #expect(error?.code == .refNotFound)
      #expect(
        error?.message == "ref 'nowhere' does not exist in repository 'team/app.git'")
    }
  }

  @Test func checksOutCommitOfRef() async throws {
    try await GitFixture.with { fixture in
      try await fixture.makeOrigin()
      let first = try await fixture.head("HEAD~2")
      let result = try await fixture.checkOut("main", commit: first)
      #expect(result.commit.hexadecimal == first)
      #expect(try await fixture.complaints(about: fixture.workspace(), commit: first) == [])
      #expect(!fixture.exists("\(fixture.workspace())/file-2.txt"))

      try await fixture.git("-C", fixture.work, "checkout", "-q", "-b", "side")
      try await fixture.commit("side.txt", "side")
      let side = try await fixture.head()
      try await fixture.push()
      for commit in [side, String(repeating: "12", count: 20)] {
        let error = await #expect(throws: GitError.self) {
          try await fixture.checkOut("main", commit: commit, into: commit)
        }
        #expect(error?.code == .commitNotInRef)
      }
    }
  }

  @Test func checksOutCommitByID() async throws {
    try await GitFixture.with { fixture in
      try await fixture.makeOrigin()
      let (tip, first) = (try await fixture.head(), try await fixture.head("HEAD~2"))
      let byTip = try await fixture.checkOut("", commit: tip, into: "tip")
      #expect(byTip.commit.hexadecimal == tip)
      // Known by now, and part of the history of an advertised reference.
      let known = try await fixture.checkOut(first, into: "known")
      #expect(known.commit.hexadecimal == first)
      #expect(known.receivedObjects == 0)
    }
    try await GitFixture.with { fixture in
      try await fixture.makeOrigin()
      let first = try await fixture.head("HEAD~2")
      let error = await #expect(throws: GitError.self) { try await fixture.checkOut(first) }
      #expect(error?.code == .commitNotFound)
      let willing = UploadPackExchange(
        fixture.bare, configuration: ["uploadpack.allowAnySHA1InWant=true"])
      let result = try await fixture.checkOut(first, into: "willing", through: willing)
      #expect(result.commit.hexadecimal == first)
      let complaints = try await fixture.complaints(
        about: fixture.workspace("willing"), commit: first)
      #expect(complaints == [])
    }
  }

  @Test func followsForcedBranchAndBranchThatBecameADirectory() async throws {
    try await GitFixture.with { fixture in
      try await fixture.makeOrigin()
      try await fixture.git("-C", fixture.work, "branch", "topic")
      try await fixture.push()
      _ = try await fixture.checkOut("topic", into: "one")
      try await fixture.git("-C", fixture.work, "branch", "-D", "topic")
      try await fixture.git("-C", fixture.work, "branch", "topic/deep", "HEAD~1")
      try await fixture.git("-C", fixture.work, "commit", "-q", "--amend", "-m", "Amended")
      try await fixture.push()
      let deep = try await fixture.checkOut("topic/deep", into: "two")
      #expect(try await deep.commit.hexadecimal == fixture.head("HEAD~1"))
      let amended = try await fixture.checkOut("main", into: "three")
      #expect(try await amended.commit.hexadecimal == fixture.head())
    }
  }

  @Test func refusesWorkspaceThatIsNotEmpty() async throws {
    try await GitFixture.with { fixture in
      try await fixture.makeOrigin()
      try fixture.write("\(fixture.workspace())/precious", "x")
      let error = await #expect(throws: GitError.self) { try await fixture.checkOut() }
      #expect(error?.code == .fileSystem)
      #expect(try fixture.read("\(fixture.workspace())/precious") == "x")
    }
  }

  @Test func checksOutConcurrentlyFromOneMirror() async throws {
    try await GitFixture.with { fixture in
      try await fixture.makeOrigin(commits: 10)
      try await fixture.git("-C", fixture.work, "branch", "early", "HEAD~5")
      try await fixture.push()
      let (main, early) = (try await fixture.head(), try await fixture.head("early"))
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<8 {
          group.addTask {
            let ref = number.isMultiple(of: 2) ? "main" : "early"
            let result = try await fixture.checkOut(ref, into: "w\(number)")
            let expected = number.isMultiple(of: 2) ? main : early
            #expect(result.commit.hexadecimal == expected)
            let complaints = try await fixture.complaints(
              about: fixture.workspace("w\(number)"), commit: expected)
            #expect(complaints == [])
          }
        }
        try await group.waitForAll()
      }
    }
  }
}

extension GitFixture {
  /// Every file of a workspace with its mode and content, without `.git`.
  func tree(of workspace: String) async throws -> String {
    let result = try await shell(
      "cd \"$1\" && find . -path ./.git -prune -o ! -type d -printf '%p %y %m %l ' "
        + "-exec sh -c 'test -L \"$1\" && echo || sha256sum < \"$1\"' sh {} ';' | sort",
      workspace)
    return result
  }
}
