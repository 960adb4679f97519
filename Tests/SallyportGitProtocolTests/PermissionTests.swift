import SallyportGitProtocol
import Testing

@Suite struct PermissionTests {
  private let a = ObjectID(String(repeating: "a", count: 40))
  private let b = ObjectID(String(repeating: "b", count: 40))
  private let main = RefName("refs/heads/main")
  private let tag = RefName("refs/tags/v1")

  @Test func narrowingNeverWidens() throws {
    let (a, b) = (try #require(a), try #require(b))
    let (main, tag) = (try #require(main), try #require(tag))
    let whole = FetchPermission.wholeRepository.narrowed(to: [main], commits: [a])
    #expect(whole.allows(main) && !whole.allows(tag) && !whole.allows(.head))
    #expect(whole.commits == [a])
    #expect(!whole.allowsEveryObject && !whole.allowsEveryTag)

    let tags = FetchPermission.refs(allowsEveryTag: true) { $0.isTag }
    let none = tags.narrowed(to: [main], commits: [a])
    #expect(!none.allows(main) && !none.allows(tag))
    #expect(none.commits == [])
    let one = tags.narrowed(to: [main, tag], commits: [])
    #expect(one.allows(tag) && !one.allows(main) && !one.allowsEveryTag)

    let some = FetchPermission.refs(commits: [a]) { _ in true }
    #expect(some.narrowed(to: [], commits: [a, b]).commits == [a])
    let every = FetchPermission.refs(allowsEveryObject: true) { $0.isTag }
    #expect(every.narrowed(to: [main], commits: [b]).commits == [b])
    #expect(!every.narrowed(to: [main], commits: [b]).allows(main))
  }

  @Test func whatBothAllow() throws {
    let (a, b) = (try #require(a), try #require(b))
    let (main, tag) = (try #require(main), try #require(tag))
    let whole = FetchPermission.wholeRepository
    let tags = FetchPermission.refs(allowsEveryTag: true, commits: [a, b]) { $0.isTag }
    for both in [tags.narrowed(to: whole), whole.narrowed(to: tags)] {
      #expect(both.allows(tag) && !both.allows(main) && both.allowsEveryTag)
      #expect(both.commits == [a, b] && !both.allowsEveryObject)
    }
    let every = FetchPermission.refs(allowsEveryObject: true, commits: [b]) { $0 == main }
    for both in [tags.narrowed(to: every), every.narrowed(to: tags)] {
      #expect(!both.allows(tag) && !both.allows(main) && !both.allowsEveryTag)
      #expect(both.commits == [a, b] && !both.allowsEveryObject)
    }
    let one = FetchPermission.refs(commits: [a]) { _ in true }
    #expect(tags.narrowed(to: one).commits == [a] && tags.narrowed(to: one).allows(tag))
    #expect(whole.narrowed(to: whole).allowsEveryObject)
  }

  /// Names are kept back, objects are not.
  @Test func everyObjectOfSomeRefs() async throws {
    try await GitFixture.with { git in
      let permission = FetchPermission.refs(allowsEveryObject: true) {
        $0.rawValue == "refs/heads/main"
      }
      let filtered = try advertise(try await git.advertisement(.v0), permission)
      #expect(filtered.lines.contains { $0.contains("refs/heads/secret") } == false)
      let request = Wire.bytes("want \(git["secret"]) thin-pack", "0000", "done")
      #expect(try Inspected(request, permission).output == request)
      #expect(throws: FetchRefusal.self) {
        try Inspected(
          Wire.bytes("want \(git["secret"])", "deepen-not refs/heads/secret", "0000", "done"),
          permission)
      }
    }
  }

  /// A client that sees no ref with the commit may ask for it all the same.
  @Test func aCommitCanBeAskedForByID() throws {
    let a = try #require(a)
    let answer = Wire.bytes("\(a) refs/heads/secret\0multi_ack", "0000")
    let filtered = try advertise(answer, .refs(commits: [a]) { _ in false })
    #expect(
      filtered.lines == [
        "\(ObjectID.zero(.sha1)) capabilities^{}|multi_ack allow-tip-sha1-in-want "
          + "allow-reachable-sha1-in-want", "0000",
      ])
  }

  @Test func completeness() throws {
    for (lines, isComplete) in [
      (["want A"], false), (["want A", "0000"], false),
      (["want A", "0000", "have A", "0000"], false),
      (["want A", "0000", "done"], true), (["0000"], true), (["command=ls-refs", "0001"], false),
      (["command=ls-refs", "0001", "0000"], true),
    ] {
      let a = try #require(a)
      var inspector = FetchRequestInspector(permission: .wholeRepository)
      _ = try inspector.receive(
        Wire.bytes(lines.map { $0.replacing(" A", with: " \(a)") }), shown: ShownObjects())
      // Four bytes may still become the first line of either version.
      #expect(inspector.isComplete == (isComplete && lines != ["0000"]), "\(lines)")
    }
  }
}
