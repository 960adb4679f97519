import SallyportGitProtocol
import Testing

@Suite struct FetchAnswerTests {
  let a = String(repeating: "a", count: 40)

  @Test(arguments: [[Int.max], [1], [3, 100]])
  func realAnswersPass(sizes: [Int]) async throws {
    try await GitFixture.with { git in
      try await git.shell(
        "git config uploadpack.allowRefInWant true; git config uploadpack.allowSidebandAll true")
      let requests = [
        ["want \(git["main"])", "done"], ["want \(git["main"])", "deepen 1", "done"],
        ["want \(git["main"])", "have \(git["main~1"])"], ["want \(git["main"])", "have \(a)"],
        ["want-ref refs/heads/main", "done"], ["sideband-all", "want-ref refs/heads/main", "done"],
      ]
      for lines in requests {
        let answer = try await git.uploadPack(
          Wire.bytes(["command=fetch", "0001"] + lines + ["0000"]), .v2)
        #expect(answer.isEmpty == false)
        #expect(
          try inspect(answer, isMultiplexed: lines[0] == "sideband-all", sizes: sizes) == answer)
      }
    }
  }

  @Test func fromThePackOnNothingIsRead() throws {
    var inspector = FetchAnswerInspector(
      permission: .only("refs/heads/main"), isMultiplexed: false)
    let start = Wire.bytes("acknowledgments", "NAK", "ready", "0001", "packfile")
    #expect(try inspector.receive(start + Array("00".utf8)) == start + Array("00".utf8))
    #expect(inspector.isPassingThrough)
    #expect(try inspector.receive(Array("03 whatever".utf8)) == Array("03 whatever".utf8))
    try inspector.finish()
  }

  @Test(arguments: [
    ["packfile-uris", "A https://169.254.169.254/", "0001", "packfile"],
    ["acknowledgments", "ready", "0001", "packfile-uris", "A https://x/", "0001", "packfile"],
    ["shallow-info", "shallow A", "0001", "bundle-uri"],
    ["wanted-refs", "A refs/heads/secret", "0001", "packfile"],
  ])
  func sectionsThatWereNotAskedFor(lines: [String]) {
    let lines = lines.map { $0.replacing("A ", with: "\(a) ") }
    let error = #expect(throws: InvalidAnswer.self) {
      try inspect(Wire.bytes(lines), isMultiplexed: false)
    }
    #expect(error?.code == .unexpectedSection)
    let multiplexed = Wire.bytes(lines.map { $0 == "0001" ? $0 : "\u{1}\($0)" })
    #expect(throws: InvalidAnswer.self) { try inspect(multiplexed, isMultiplexed: true) }
  }

  @Test func errorsAndProgressPass() throws {
    let error = Wire.bytes("ERR upload-pack: not our ref")
    #expect(try inspect(error, isMultiplexed: false) == error)
    let progress = Wire.bytes("\u{2}counting", "\u{1}packfile")
    #expect(try inspect(progress, isMultiplexed: true) == progress)
    #expect(try inspect([], isMultiplexed: false) == [])
  }

  @Test func anAnswerWithoutAPackIsBounded() {
    var inspector = FetchAnswerInspector(
      permission: .wholeRepository, isMultiplexed: false, maximumBytes: 10_000)
    let error = #expect(throws: InvalidAnswer.self) {
      _ = try inspector.receive(Wire.bytes("acknowledgments"))
      while true { _ = try inspector.receive(Wire.bytes("NAK")) }
    }
    #expect(error?.code == .tooLarge)
  }

  private func inspect(
    _ bytes: [UInt8], isMultiplexed: Bool, sizes: [Int] = [.max]
  ) throws -> [UInt8] {
    var inspector = FetchAnswerInspector(
      permission: .only("refs/heads/main"), isMultiplexed: isMultiplexed)
    var output: [UInt8] = []
    for piece in Wire.pieces(bytes, of: sizes) { output += try inspector.receive(piece) }
    try inspector.finish()
    return output
  }
}
