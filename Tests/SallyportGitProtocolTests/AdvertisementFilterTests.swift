import SallyportGitProtocol
import Testing

@Suite struct AdvertisementFilterTests {
  @Test(arguments: ObjectFormat.allCases, [ProtocolVersion.v0, .v1])
  func allowedRefsGoOn(format: ObjectFormat, version: ProtocolVersion) async throws {
    try await GitFixture.with(format) { git in
      let answer = try await git.advertisement(version)
      let filtered = try advertise(
        answer, .only("refs/heads/main", "refs/tags/v1", "refs/heads/none"))
      var expected = [
        "# service=git-upload-pack", "0000", "\(git["main"]) HEAD",
        "\(git["main"]) refs/heads/main",
        "\(git["v1"]) refs/tags/v1", "\(git["main~1"]) refs/tags/v1^{}", "0000",
      ]
      if version == .v1 { expected.insert("version 1", at: 2) }
      var lines = filtered.lines
      let first = try #require(lines.firstIndex { $0.contains("|") })
      let parts = lines[first].split(separator: "|")
      lines[first] = String(parts[0])
      #expect(lines == expected)
      let capabilities = parts[1].split(separator: " ").map(String.init)
      #expect(capabilities.contains("symref=HEAD:refs/heads/main"))
      #expect(capabilities.contains("object-format=\(format.rawValue)"))
      #expect(capabilities.contains("multi_ack_detailed"))
      #expect(capabilities.contains("no-done"))
      for name in ["thin-pack", "deepen-relative", "include-tag", "filter"] {
        #expect(capabilities.contains(name) == false)
      }
      #expect(filtered.version == version)
      #expect(filtered.refs.shown == 3)
      #expect(filtered.refs.withheld == 4)
      #expect(filtered.shown.count == 3)
      #expect(filtered.shown.contains(git["secret"]) == false)
      #expect(filtered.shown.name(of: git["main"])?.rawValue == "refs/heads/main")
      #expect(filtered.shown.name(of: git["main~1"])?.rawValue == "refs/tags/v1")
    }
  }

  @Test(arguments: ObjectFormat.allCases, [ProtocolVersion.v0, .v1])
  func aWholeRepositoryGoesOn(format: ObjectFormat, version: ProtocolVersion) async throws {
    try await GitFixture.with(format) { git in
      try await git.shell(
        "git config uploadpack.allowFilter true; git config uploadpack.allowAnySHA1InWant true")
      let answer = try await git.advertisement(version)
      let filtered = try advertise(answer, .wholeRepository)
      #expect(try words(answer) == words(filtered.output))
      #expect(filtered.refs.withheld == 0)
    }
  }

  @Test func capabilitiesFollowThePermission() async throws {
    try await GitFixture.with { git in
      try await git.shell(
        """
        git config uploadpack.allowFilter true; git config uploadpack.allowAnySHA1InWant true
        git config transfer.advertiseSID true
        """)
      let answer = try await git.advertisement(.v0)
      let byID = ["allow-tip-sha1-in-want", "allow-reachable-sha1-in-want"]
      let few = try capabilities(answer, .only("refs/heads/main"))
      #expect(few.isDisjoint(with: byID + ["filter", "thin-pack", "include-tag"]))
      let commit = try capabilities(answer, .only("refs/heads/main", commits: [git["secret"]]))
      #expect(commit.isSuperset(of: byID))
      let tags = try capabilities(answer, .refs(allowsEveryTag: true) { $0.isTag })
      #expect(tags.contains("include-tag"))
      for set in [few, commit, tags] {
        #expect(set.contains { $0.hasPrefix("session-id") } == false)
        #expect(set.isSuperset(of: ["shallow", "deepen-since", "deepen-not", "side-band-64k"]))
      }
    }
  }

  @Test(arguments: ObjectFormat.allCases)
  func noRefIsAllowed(format: ObjectFormat) async throws {
    try await GitFixture.with(format) { git in
      let filtered = try advertise(
        try await git.advertisement(.v0), .refs { _ in false })
      #expect(filtered.lines.count == 4)
      #expect(filtered.lines[2].hasPrefix("\(ObjectID.zero(format)) capabilities^{}|multi_ack"))
      #expect(filtered.lines[2].contains("symref") == false)
      #expect(filtered.lines[3] == "0000")
      #expect(filtered.shown.count == 0)
    }
  }

  @Test func anEmptyRepository() async throws {
    try await GitFixture.with { git in
      try await git.shell("rm -rf .git; git init -q .")
      let answer = try await git.advertisement(.v0)
      #expect(try advertise(answer, .wholeRepository).output == answer)
    }
    let line = "\(ObjectID.zero(.sha1)) capabilities^{}\0multi_ack symref=HEAD:refs/heads/main"
    #expect(
      try advertise(Wire.bytes(line, "0000"), .only("refs/heads/main")).lines == [
        "\(ObjectID.zero(.sha1)) capabilities^{}|multi_ack symref=HEAD:refs/heads/main", "0000",
      ])
    #expect(try advertise(Array("0000".utf8), .wholeRepository).lines == ["0000"])
  }

  @Test func aDetachedHeadStandsForNoRef() async throws {
    try await GitFixture.with { git in
      try await git.shell("git checkout -q --detach secret")
      let answer = try await git.advertisement(.v0)
      let few = try advertise(answer, .only("refs/heads/main"))
      #expect(few.lines.contains { $0.contains("HEAD") } == false)
      #expect(few.shown.contains(git["secret"]) == false)
      let head = try advertise(answer, .only("HEAD"))
      #expect(head.shown.contains(git["secret"]))
    }
  }

  @Test func headOfAWithheldBranchIsWithheld() async throws {
    try await GitFixture.with { git in
      try await git.shell("git symbolic-ref HEAD refs/heads/secret")
      for version in [ProtocolVersion.v0, .v1] {
        let filtered = try advertise(
          try await git.advertisement(version), .only("refs/heads/main", "HEAD"))
        #expect(filtered.lines.contains { $0.contains("HEAD") } == false)
        #expect(filtered.shown.contains(git["secret"]) == false)
      }
    }
  }

  @Test func whatAServerAdds() throws {
    let a = String(repeating: "a", count: 40)
    let b = String(repeating: "b", count: 40)
    let answer = Wire.bytes(
      "\(a) refs/heads/main\0multi_ack push-options symref=HEAD:refs/heads/x evil=\u{E9}",
      "\(b) .have", "\(b) refs/heads/secret", "\(b) refs/heads/main^{}", "\(b) refs/heads/x y",
      "\(a) refs/tags/t", "\(b) refs/tags/t^{}", "\(b) refs/tags/t^{}", "shallow \(b)", "0000")
    let filtered = try advertise(answer, .only("refs/heads/main", "refs/tags/t"))
    #expect(
      filtered.lines == [
        "\(a) refs/heads/main|multi_ack", "\(a) refs/tags/t",
        "\(b) refs/tags/t^{}", "shallow \(b)", "0000",
      ])
  }

  @Test(arguments: [ProtocolVersion.v0, .v1, .v2], ObjectFormat.allCases)
  func piecesDoNotMatter(version: ProtocolVersion, format: ObjectFormat) async throws {
    try await GitFixture.with(format) { git in
      for service in [true, false] {
        let answer = try await git.advertisement(version, service: service)
        let permission = FetchPermission.only("refs/heads/main", "refs/tags/v1")
        let whole = try advertise(answer, permission)
        for sizes in [[1], [2, 7, 1], [64], [4, 60_000]] {
          let split = try advertise(answer, permission, sizes: sizes)
          #expect(split.output == whole.output)
          #expect(split.shown.count == whole.shown.count)
        }
      }
    }
  }

  @Test func version2() async throws {
    try await GitFixture.with { git in
      try await git.shell(
        """
        git config uploadpack.allowFilter true; git config uploadpack.allowRefInWant true
        git config uploadpack.allowSidebandAll true; git config transfer.advertiseSID true
        git config transfer.advertiseObjectInfo true
        git config uploadpack.blobPackfileUri "$(git rev-parse main:file) 0000 https://example.org"
        """)
      let answer = try await git.advertisement(.v2)
      #expect(String(decoding: answer, as: UTF8.self).contains("packfile-uris"))
      let few = try advertise(answer, .only("refs/heads/main"))
      #expect(few.version == .v2)
      let lines = few.lines.filter { !$0.hasPrefix("agent=git/") }
      #expect(
        lines == [
          "# service=git-upload-pack", "0000", "version 2", "ls-refs=unborn",
          "fetch=shallow wait-for-done sideband-all", "object-format=sha1", "0000",
        ])
      let whole = try advertise(answer, .wholeRepository)
      #expect(
        whole.lines.contains("fetch=shallow wait-for-done filter sideband-all"))
    }
  }

  @Test func whatVersion2DoesNotPassOn() throws {
    let answer = Wire.bytes(
      "version 2", "agent=git/9", "agent=a b", "ls-refs=unborn new",
      "fetch=shallow packfile-uris x",
      "server-option", "object-format=sha1", "object-format=md5", "object-info", "bundle-uri",
      "session-id=x", "promisor-remote=name=x,url=https://example.org", "\u{1B}[31m", "0000")
    #expect(
      try advertise(answer, .wholeRepository).lines == [
        "version 2", "agent=git/9", "ls-refs=unborn", "fetch=shallow", "object-format=sha1", "0000",
      ])
  }

  @Test(arguments: [
    [], ["0000", "0000"], ["# service=git-upload-pack"], ["# service=git-receive-pack", "0000"],
    ["# service=git-upload-pack", "0001"], ["version 3", "0000"], ["version 2"],
    ["version 2", "0001", "0000"], ["version 1", "version 1", "0000"], ["hello", "0000"],
    ["a refs/heads/main", "0000"], ["A0", "0000"],
    ["\(String(repeating: "a", count: 40))", "0000"],
    ["\(String(repeating: "a", count: 40)) refs/heads/main", "0001", "0000"],
    ["\(String(repeating: "a", count: 40)) refs/heads/main", "0000", "0000"],
    [
      "\(String(repeating: "a", count: 40)) refs/heads/main",
      "\(String(repeating: "b", count: 64)) refs/heads/x", "0000",
    ],
    ["\(String(repeating: "a", count: 40)) capabilities^{}\0a", "0000"],
    ["\(String(repeating: "a", count: 40)) refs/heads/main", "shallow x", "0000"],
  ])
  func malformed(lines: [String]) {
    let error = #expect(throws: InvalidAnswer.self) {
      try advertise(Wire.bytes(lines), .wholeRepository)
    }
    #expect(error?.code == .malformed)
  }

  @Test func anErrorOfTheServerGoesToTheLog() {
    let error = #expect(throws: InvalidAnswer.self) {
      try advertise(
        Wire.bytes("# service=git-upload-pack", "0000", "ERR secret \u{1B}"), .wholeRepository)
    }
    #expect(error?.code == .serverError)
    #expect(error?.detail == "ERR secret ?")
    #expect(error?.message.contains("secret") == false)
  }

  private func capabilities(
    _ answer: [UInt8], _ permission: FetchPermission
  ) throws -> Set<String> {
    let filtered = try advertise(answer, permission)
    let line = try #require(filtered.lines.first { $0.contains("|") })
    return Set(line.split(separator: "|")[1].split(separator: " ").map(String.init))
  }

  /// Lines of an advertisement, with the capabilities as a set.
  private func words(_ bytes: [UInt8]) throws -> [Set<String>] {
    try Wire.lines(bytes).map {
      Set($0.split(whereSeparator: { $0 == "|" || $0 == " " }).map(String.init))
    }
  }
}
