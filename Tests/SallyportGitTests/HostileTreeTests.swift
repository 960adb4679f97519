import FoundationEssentials
import Testing

@testable import SallyportGit

/// Trees that no git command makes: written byte by byte.
@Suite struct HostileTreeTests {
  private struct Entry {
    let mode: String
    let name: String
    let object: String
  }

  private static let commit = String(repeating: "1", count: 40)

  /// Makes a tree object of exactly these entries, in this order.
  private func tree(_ fixture: GitFixture, _ entries: [Entry]) async throws -> String {
    var bytes: [UInt8] = []
    for entry in entries {
      bytes += Array("\(entry.mode) \(entry.name)\0".utf8)
      bytes += stride(from: 0, to: 40, by: 2).compactMap {
        UInt8(entry.object.dropFirst($0).prefix(2), radix: 16)
      }
    }
    let path = "\(fixture.directory)/tree"
    try Data(bytes).write(to: URL(filePath: path))
    return try await fixture.git(
      "-C", fixture.bare, "hash-object", "-w", "-t", "tree", "--literally", path)
  }

  /// Expects that a checkout refuses the entries and that nothing appears outside the workspace.
  private func expectRefusal(
    _ make: (GitFixture, _ outside: String) async throws -> [Entry]
  ) async throws {
    try await GitFixture.with { fixture in
      try await fixture.git("init", "-q", "--bare", fixture.bare)
      let outside = "\(fixture.directory)/outside"
      try fixture.write("\(outside)/keep", "")
      try await fixture.publish(tree: try await tree(fixture, make(fixture, outside)))
      let error = await #expect(throws: GitError.self) { try await fixture.checkOut() }
      #expect(error?.code == .unsafeContent, "\(error?.message ?? "")")
      #expect(try fixture.names(in: outside) == ["keep"])
      #expect(try fixture.names(in: fixture.workspace()) == [".git"])
      #expect(!fixture.exists("\(fixture.workspace())/.git/hooks"))
    }
  }

  @Test(arguments: [true, false])
  func refusesALinkAndADirectoryOfOneName(linkFirst: Bool) async throws {
    try await expectRefusal { fixture, outside in
      let inner = try await tree(
        fixture,
        [
          Entry(mode: "160000", name: "sub", object: Self.commit),
          Entry(mode: "120000", name: "x", object: try await fixture.blob("keep")),
        ])
      let entries = [
        Entry(mode: "120000", name: "a", object: try await fixture.blob(outside)),
        // Sorts between the link and the directory, so that the two are not neighbours.
        Entry(mode: "100644", name: "a.b", object: try await fixture.blob("")),
        Entry(mode: "40000", name: "a", object: inner),
      ]
      return linkFirst ? entries : entries.reversed()
    }
  }

  @Test func refusesASubmoduleInTheNameOfALink() async throws {
    try await expectRefusal { fixture, outside in
      [
        Entry(mode: "120000", name: "a", object: try await fixture.blob(outside)),
        Entry(mode: "160000", name: "a", object: Self.commit),
      ]
    }
  }

  @Test func refusesAFileAndADirectoryOfOneName() async throws {
    try await expectRefusal { fixture, _ in
      let blob = try await fixture.blob("")
      return [
        Entry(mode: "100644", name: "a", object: blob),
        Entry(
          mode: "40000", name: "a",
          object: try await tree(fixture, [Entry(mode: "100644", name: "b", object: blob)])),
      ]
    }
  }

  @Test func refusesTwoFilesOfOneName() async throws {
    try await expectRefusal { fixture, _ in
      [
        Entry(mode: "100644", name: "a", object: try await fixture.blob("one")),
        Entry(mode: "100644", name: "a", object: try await fixture.blob("two")),
      ]
    }
  }

  /// In a directory below, and after another directory of the same depth.
  @Test func refusesDuplicatesAtAnyDepth() async throws {
    try await expectRefusal { fixture, outside in
      let link = Entry(mode: "120000", name: "x", object: try await fixture.blob(outside))
      let once = try await tree(fixture, [link])
      let twice = try await tree(fixture, [link, link])
      return [
        Entry(mode: "40000", name: "a", object: once),
        Entry(mode: "40000", name: "b", object: twice),
      ]
    }
  }

  @Test(arguments: ["a/x", "/x", "a/", "a/../../outside/x", "a//x", ".", ".."])
  func refusesNamesThatArePaths(name: String) async throws {
    try await expectRefusal { fixture, outside in
      [
        Entry(mode: "120000", name: "a", object: try await fixture.blob(outside)),
        Entry(mode: "120000", name: name, object: try await fixture.blob("keep")),
      ]
    }
  }

  /// A hook that the next `git checkout` of the job would run.
  @Test(arguments: ["a/hooks", "hooks"])
  func refusesHooksBehindALinkToTheGitDirectory(name: String) async throws {
    try await expectRefusal { fixture, _ in
      let hook = try await fixture.blob("#!/bin/sh\ntouch pwned\n")
      let hooks = try await tree(
        fixture, [Entry(mode: "100755", name: "post-checkout", object: hook)])
      let link = Entry(mode: "120000", name: name, object: try await fixture.blob("../h"))
      var entries = [Entry(mode: "120000", name: "a", object: try await fixture.blob(".git"))]
      if name == "hooks" {
        entries.append(Entry(mode: "40000", name: "a", object: try await tree(fixture, [link])))
      } else {
        entries.append(link)
      }
      return entries + [Entry(mode: "40000", name: "h", object: hooks)]
    }
  }

  @Test(arguments: [".git", ".GIT", "git~1"], ["40000", "100644", "120000", "160000"])
  func refusesTheGitDirectoryAsAnything(name: String, mode: String) async throws {
    try await expectRefusal { fixture, outside in
      let blob = try await fixture.blob(outside)
      let object =
        switch mode {
        case "40000":
          try await tree(fixture, [Entry(mode: "100644", name: "config", object: blob)])
        case "160000": Self.commit
        default: blob
        }
      return [Entry(mode: mode, name: name, object: object)]
    }
  }

  /// One name in two directories, and names that only look alike, are no duplicates.
  @Test func takesWhatOnlyLooksAlike() async throws {
    try await GitFixture.with { fixture in
      try await fixture.git("init", "-q", "--bare", fixture.bare)
      let file = Entry(mode: "100644", name: "x", object: try await fixture.blob("content"))
      let deeper = try await tree(
        fixture, [Entry(mode: "40000", name: "c", object: try await tree(fixture, [file])), file])
      let shared = try await tree(fixture, [file])
      try await fixture.publish(
        tree: try await tree(
          fixture,
          [
            Entry(mode: "40000", name: "a", object: deeper),
            Entry(mode: "40000", name: "b", object: shared),
            Entry(mode: "100644", name: "b.x", object: file.object),
            Entry(mode: "40000", name: "c", object: shared),
            Entry(mode: "120000", name: "link", object: file.object), file,
          ]))
      _ = try await fixture.checkOut()
      for path in ["a/c/x", "a/x", "b/x", "b.x", "c/x", "x"] {
        #expect(try fixture.read("\(fixture.workspace())/\(path)") == "content")
      }
    }
  }

  @Test func refusesAFileThatTheWorkerCouldNotHold() async throws {
    try await GitFixture.with { fixture in
      try await fixture.makeOrigin()
      try await fixture.commit("dir/zeros", String(repeating: "0", count: 2 << 20))
      try await fixture.push()
      var limits = GitLimits()
      limits.maximumFile = 1 << 20
      let error = await #expect(throws: GitError.self) {
        try await fixture.checkOut(limits: limits)
      }
      #expect(error?.code == .limitExceeded)
      #expect(
        error?.message == "the file 'dir/zeros' has 2097152 bytes, at most 1048576 are allowed")
    }
  }

  @Test func refusesTooManySubmodules() async throws {
    try await GitFixture.with { fixture in
      try await fixture.git("init", "-q", "--bare", fixture.bare)
      try await fixture.publish(
        tree: try await tree(
          fixture,
          ["a", "b", "c"].map { Entry(mode: "160000", name: $0, object: Self.commit) }))
      var limits = GitLimits()
      limits.maximumSubmodules = 2
      let error = await #expect(throws: GitError.self) {
        try await fixture.checkOut(limits: limits)
      }
      #expect(error?.code == .limitExceeded)
    }
  }
}
