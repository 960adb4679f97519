import SallyportGitProtocol
import Testing

/// Requests of version 0 and 2: what goes on, and what is refused.
@Suite struct RequestTests {
  let a = String(repeating: "a", count: 40)
  let b = String(repeating: "b", count: 40)
  let c = String(repeating: "c", count: 40)
  let long = String(repeating: "d", count: 64)

  /// `a` was shown on main and as HEAD, `b` was not; `c` may be read by its id.
  private func world() throws -> (permission: FetchPermission, shown: ShownObjects) {
    let permission = FetchPermission.only(
      "refs/heads/main", "refs/tags/v1", commits: [try #require(ObjectID(c))])
    let filtered = try list(
      Wire.bytes(
        "\(a) HEAD symref-target:refs/heads/main", "\(a) refs/heads/main",
        "\(b) refs/heads/secret", "0000"), permission)
    return (permission, filtered.shown)
  }

  /// As real clients write them, for a permission of some refs.
  @Test(arguments: [
    // git clone
    [
      "want A multi_ack_detailed no-done side-band-64k ofs-delta deepen-since deepen-not agent=git/2.39.5",
      "want C", "0000", "done",
    ],
    // git clone --depth 1: two requests
    ["want A multi_ack_detailed no-done side-band-64k ofs-delta agent=git/2", "deepen 1", "0000"],
    ["want A side-band-64k agent=git/2", "deepen 1", "0000", "done"],
    // git fetch, libgit2
    ["want A multi_ack_detailed side-band-64k", "0000", "have B", "have B", "0000"],
    ["want A side-band-64k", "0000", "have B", "0000", "have A", "done"],
    ["want A", "shallow B", "deepen 3", "0000", "have B", "done"],
    ["want A", "deepen-since 1577910032", "deepen-not refs/heads/main", "0000", "done"],
    ["want A shallow", "want A", "0000", "done"],
    // git, asking whether it may ask
    ["0000"],
    [
      "command=ls-refs", "agent=git/2", "object-format=sha1", "0001", "peel", "symrefs", "unborn",
      "0000",
    ],
    ["command=ls-refs", "0001", "ref-prefix HEAD", "ref-prefix refs/heads/", "0000"],
    ["command=ls-refs", "0000"],
    [
      "command=fetch", "agent=git/2", "object-format=sha1", "0001", "no-progress", "ofs-delta",
      "want A", "want C", "have B", "done", "0000",
    ],
    ["command=fetch", "0001", "sideband-all", "deepen 1", "want-ref HEAD", "done", "0000"],
    ["command=fetch", "0001", "want-ref refs/heads/main", "shallow B", "deepen 7", "0000"],
    ["command=fetch", "0001", "wait-for-done", "have B", "0000"],
  ])
  func honestRequestsGoOnUnchanged(lines: [String]) throws {
    let (permission, shown) = try world()
    let request = Wire.bytes(fill(lines))
    for sizes in [[.max], [1], [3, 50]] {
      let inspected = try Inspected(request, permission, shown: shown, sizes: sizes)
      #expect(inspected.output == request)
    }
    #expect(refusal(request, .wholeRepository) == nil)
  }

  @Test func bytesWithoutLineFeedsAreWrittenWithThem() throws {
    let (permission, shown) = try world()
    let request = Array("0011command=fetch0001000fno-progress0031want \(a)0009done\n0000".utf8)
    let inspected = try Inspected(request, permission, shown: shown)
    #expect(
      inspected.output
        == Wire.bytes("command=fetch", "0001", "no-progress", "want \(a)", "done", "0000"))
  }

  @Test(arguments: [
    (["want B", "0000", "done"], FetchRefusal.Code.object),
    (["want A side-band-64k", "want B", "0000", "done"], .object),
    (["want D", "0000", "done"], .object),
    (["command=fetch", "0001", "want B", "done", "0000"], .object),
    (["command=fetch", "0001", "want-ref refs/heads/secret", "done", "0000"], .ref),
    (["command=fetch", "0001", "want-ref refs/heads/main^{}", "done", "0000"], .ref),
    (["command=fetch", "0001", "want-ref main", "done", "0000"], .ref),
    (["want A", "deepen-not refs/heads/secret", "0000", "done"], .ref),
    (["want A", "deepen-not secret", "0000", "done"], .ref),
    (["command=fetch", "0001", "want A", "deepen-not refs/heads/secret", "0000"], .ref),
    (["want A deepen-relative", "0000", "done"], .relativeDepth),
    (["command=fetch", "0001", "want A", "deepen 1", "deepen-relative", "0000"], .relativeDepth),
    (["command=fetch", "0001", "want A", "filter sparse:oid=main:x", "0000"], .filter),
    (["want A object-format=sha256", "0000", "done"], .malformed),
    (["want A object-format=md5", "0000", "done"], .capability),
    (["want A session-id=x", "0000", "done"], .capability),
    (["want A allow-tip-sha1-in-want", "0000", "done"], .capability),
    (["want A push-options", "0000", "done"], .capability),
    (["want A\0side-band", "0000", "done"], .malformed),
    (["want A side-band\0x", "0000", "done"], .capability),
    (["want A", "want A side-band", "0000", "done"], .malformed),
    (["want A", "want  A", "0000", "done"], .malformed),
    (["want A", "want A\n", "0000", "done"], .malformed),
    (["shallow A", "want A", "0000", "done"], .malformed),
    (["have A", "0000"], .malformed),
    (["deepen 1", "0000"], .malformed),
    (["want A", "have A", "0000"], .malformed),
    (["want A", "done"], .malformed),
    (["want A"], .malformed),
    (["want A", "0001", "0000"], .malformed),
    (["want A", "0000", "have B"], .malformed),
    (["want A", "0000", "want A", "done"], .malformed),
    (["want A", "0000", "done", "0000"], .malformed),
    (["want A", "0000", "done x"], .malformed),
    (["want A", "0000", "have x", "done"], .malformed),
    (["want A", "0000", "shallow B", "done"], .malformed),
    (["want A", "0000", "0001", "done"], .malformed),
    (["0000", "0000"], .malformed),
    (["0000", "want A", "0000", "done"], .malformed),
    (["want A", "deepen 1", "deepen 2", "0000", "done"], .malformed),
    (["want A", "deepen 1", "deepen-since 5", "0000", "done"], .malformed),
    (["want A", "deepen 1", "deepen-not refs/heads/main", "0000", "done"], .malformed),
    (["want A", "deepen 0", "0000", "done"], .malformed),
    (["want A", "deepen -1", "0000", "done"], .malformed),
    (["want A", "deepen 0x7fffffff", "0000", "done"], .malformed),
    (["want A", "deepen 6442450943", "0000", "done"], .malformed),
    (["want A", "deepen 99999999999999999999", "0000", "done"], .malformed),
    (["want A", "deepen  5", "0000", "done"], .malformed),
    (["want A", "deepen", "0000", "done"], .malformed),
    (["want A", "deepen-since -1", "0000", "done"], .malformed),
    (["want A", "shallow x", "0000", "done"], .malformed),
    (["want Z", "0000", "done"], .malformed),
    (["hello"], .malformed),
    (["command=fetch", "0001", "want A", "0000", "0000"], .malformed),
    (
      ["command=fetch", "0001", "want A", "0000", "command=fetch", "0001", "want B", "0000"],
      .malformed
    ),
    (["command=fetch", "0001", "want A", "0001", "0000"], .malformed),
    (["command=fetch", "0001", "want A"], .malformed),
    (["command=fetch", "0001", "want A", "deepen 1", "deepen-since 4", "0000"], .malformed),
    (["command=fetch", "want A", "0000"], .capability),
    (["command=fetch", "server-option=x", "0001", "want A", "0000"], .capability),
    (["command=fetch", "session-id=x", "0001", "want A", "0000"], .capability),
    (["command=fetch", "object-format=sha256", "0001", "want A", "0000"], .malformed),
    (["command=fetch", "0001", "packfile-uris https", "want A", "0000"], .argument),
    (["command=fetch", "0001", "packfile-uris", "0000"], .argument),
    (["command=fetch", "0001", "new-thing", "0000"], .argument),
    (["command=fetch", "0001", "done now", "0000"], .argument),
    (["command=fetch", "0001", "peel", "0000"], .argument),
    (["command=ls-refs", "0001", "want A", "0000"], .argument),
    (["command=ls-refs", "0001", "ref-prefix a\0b", "0000"], .malformed),
    (["command=object-info", "0001", "size", "oid A", "0000"], .command),
    (["command=bundle-uri", "0000"], .command),
    (["command=", "0000"], .command),
    (["command=fetch\0", "0000"], .command),
    (["agent=git/2", "command=fetch", "0000"], .malformed),
  ])
  func refusals(lines: [String], code: FetchRefusal.Code) throws {
    let (permission, shown) = try world()
    #expect(refusal(Wire.bytes(fill(lines)), permission, shown: shown) == code)
  }

  @Test(arguments: [
    "", "0", "0032want", "0003", "ffff", "zzzzzzzzzzzzzzzz", "0014command=fetch",
    "POST / HTTP/1.1\r\n\r\n",
  ])
  func bytesThatAreNoRequest(text: String) {
    #expect(refusal(Array(text.utf8), .wholeRepository) == .malformed)
  }

  @Test func whatIsAskedForWithoutAnOfferIsLeftOut() throws {
    let (permission, shown) = try world()
    let request = Wire.bytes(
      "command=fetch", "0001", "thin-pack", "include-tag", "want \(a)", "0000")
    #expect(
      try Inspected(request, permission, shown: shown).lines == [
        "command=fetch", "0001", "want \(a)", "0000",
      ])
    #expect(try Inspected(request, .wholeRepository).output == request)
    let old = Wire.bytes(
      "want \(a) thin-pack ofs-delta include-tag filter agent=x", "filter blob:none", "0000", "done"
    )
    #expect(
      try Inspected(old, permission, shown: shown).lines == [
        "want \(a) ofs-delta agent=x", "0000", "done",
      ])
    #expect(try Inspected(old, .wholeRepository).output == old)
    let tags = FetchPermission.refs(allowsEveryTag: true) { _ in true }
    #expect(
      try Inspected(request, tags, shown: shown).lines == [
        "command=fetch", "0001", "include-tag", "want \(a)", "0000",
      ])
  }

  @Test func infiniteDepthStartsFromTheWants() throws {
    let (permission, shown) = try world()
    let request = Wire.bytes("want \(a)", "shallow \(b)", "deepen 2147483647", "0000", "done")
    let inspected = try Inspected(request, permission, shown: shown)
    #expect(inspected.lines.contains("deepen 2147483646"))
    #expect(inspected.inspector.record.depth == 2_147_483_647)
    #expect(try Inspected(request, .wholeRepository).output == request)
  }

  @Test func shortNamesOfExcludedRefs() throws {
    let (permission, shown) = try world()
    let request = Wire.bytes("want \(a)", "deepen-not v1", "0000", "done")
    #expect(
      try Inspected(request, permission, shown: shown).lines.contains("deepen-not refs/tags/v1"))
    #expect(try Inspected(request, .wholeRepository).output == request)
    let all = FetchPermission.refs(allowsEveryTag: true) { _ in true }
    #expect(try Inspected(request, all, shown: shown).output == request)
    let some = FetchPermission.only("refs/heads/main", "refs/heads/v1", "refs/tags/v1")
    #expect(refusal(request, some, shown: shown) == .ambiguousRef)
    let capitals = Wire.bytes("want \(a)", "deepen-not ORIG_HEAD", "0000", "done")
    #expect(refusal(capitals, all, shown: shown) == .ambiguousRef)
  }

  @Test func wholeRepositoriesByID() throws {
    for filter in ["blob:none", "tree:0"] {
      let request = Wire.bytes(
        "want \(b) thin-pack include-tag deepen-relative filter", "shallow \(c)",
        "deepen 2147483647",
        "filter \(filter)", "0000", "done")
      #expect(try Inspected(request, .wholeRepository).output == request)
    }
    let bare = Wire.bytes("want \(b)", "filter blob:none", "0000", "done")
    #expect(refusal(bare, .wholeRepository) == .malformed)
    let sparse = Wire.bytes("want \(b) filter", "filter sparse:oid=main:x", "0000", "done")
    #expect(refusal(sparse, .wholeRepository) == .filter)
  }

  @Test func sha256() throws {
    let shown = try list(
      Wire.bytes("\(long) refs/heads/main", "0000"), .wholeRepository
    ).shown
    let permission = FetchPermission.only("refs/heads/main")
    for lines in [
      ["command=fetch", "object-format=sha256", "0001", "want \(long)", "have \(long)", "0000"],
      ["want \(long) object-format=sha256", "0000", "done"],
    ] {
      #expect(
        try Inspected(Wire.bytes(lines), permission, shown: shown).output == Wire.bytes(lines))
    }
    #expect(
      refusal(
        Wire.bytes("command=fetch", "0001", "want \(long)", "have \(a)", "0000"), permission,
        shown: shown) == .malformed)
  }

  @Test func nothingGoesOnBeforeTheWantsAreComplete() throws {
    let (permission, shown) = try world()
    for lines in [["want \(a)", "want \(c)"], ["command=fetch", "0001", "want \(a)"]] {
      var inspector = FetchRequestInspector(permission: permission)
      #expect(try inspector.receive(Wire.bytes(lines), shown: shown) == [])
      #expect(throws: FetchRefusal.self) {
        try inspector.receive(Wire.bytes("want \(b)"), shown: shown)
      }
    }
  }

  @Test func manyWantsDoNotWaitInMemory() throws {
    let (permission, shown) = try world()
    var inspector = FetchRequestInspector(permission: permission)
    let wants = Wire.bytes([String](repeating: "want \(a)", count: 1_000))
    var passed = 0
    for _ in 0..<200 { passed += try inspector.receive(wants, shown: shown).count }
    #expect(passed > 200 * wants.count - (4 << 20) - wants.count)
    #expect(inspector.record.wantCount == 200_000)
    #expect(inspector.record.wants.count == FetchRecord.limit)
    #expect(throws: FetchRefusal.self) {
      try inspector.receive(Wire.bytes("want \(b)"), shown: shown)
    }
  }

  @Test func records() throws {
    let (permission, shown) = try world()
    func record(_ lines: String...) throws -> FetchRecord {
      try Inspected(Wire.bytes(fill(lines)), permission, shown: shown).inspector.record
    }
    let clone = try record("want A", "want C", "deepen 1", "0000", "done")
    #expect(clone.kind == .clone)
    #expect(clone.depth == 1)
    #expect(clone.wants.map(\.ref?.rawValue) == ["refs/heads/main", nil])
    #expect(clone.wants.map(\.id.description) == [a, c])
    let fetch = try record("command=fetch", "0001", "want-ref HEAD", "have B", "done", "0000")
    #expect(fetch.kind == .fetch)
    #expect(fetch.wantedRefs.map(\.rawValue) == ["HEAD"])
    #expect(try record("command=ls-refs", "0000").kind == .listing)
    #expect(try record("0000").kind == .none)
  }

  @Test func messagesTellNothing() throws {
    let (permission, shown) = try world()
    var messages: [String] = []
    for id in [b, String(repeating: "9", count: 40)] {
      do throws(FetchRefusal) {
        _ = try Inspected(Wire.bytes("want \(id)", "0000", "done"), permission, shown: shown)
      } catch {
        messages.append(error.message.replacing(id, with: "ID"))
        #expect(error.answer.starts(with: Array("ERR".utf8)) == false)
        #expect(try Wire.lines(error.answer) == ["ERR \(error.message)"])
      }
    }
    #expect(messages.count == 2)
    #expect(Set(messages).count == 1)
    do throws(FetchRefusal) {
      _ = try Inspected(Wire.bytes("command=\u{1B}]0;x\u{7}", "0000"), permission)
      Issue.record("it is not refused")
    } catch {
      #expect(error.description.utf8.allSatisfy { (0x20...0x7E).contains($0) })
    }
  }

  @Test func aHeadThatWasNotShownIsNotWanted() throws {
    let request = Wire.bytes("command=fetch", "0001", "want-ref HEAD", "done", "0000")
    #expect(refusal(request, .only("refs/heads/main")) == .ref)
    let (permission, shown) = try world()
    #expect(refusal(request, permission, shown: shown) == nil)
    #expect(refusal(request, .only("refs/heads/other"), shown: shown) == .ref)
  }

  /// Letters for ids: `A` was shown, `C` may be read by its id, `B` and `D` may not.
  private func fill(_ lines: [String]) -> [String] {
    lines.map { line in
      line.replacing(" A", with: " \(a)").replacing(" B", with: " \(b)")
        .replacing(" C", with: " \(c)").replacing(
          " D", with: " \(String(repeating: "e", count: 40))"
        )
        .replacing(" Z", with: " \(String(repeating: "0", count: 40))")
    }
  }
}
