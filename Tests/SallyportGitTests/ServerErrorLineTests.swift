import Testing

@testable import SallyportGit

@Suite struct ServerErrorLineTests {
  private func message(_ answer: String, pieces: Int = .max) -> String? {
    var line = ServerErrorLine()
    var rest = Array(answer.utf8)[...]
    while !rest.isEmpty {
      line.watch(Array(rest.prefix(pieces)))
      rest = rest.dropFirst(pieces)
    }
    return line.message
  }

  @Test(arguments: [1, 3, 7, Int.max])
  func findsAnError(pieces: Int) {
    #expect(message("0011ERR not here!", pieces: pieces) == "not here!")
    #expect(message("000fERR not here, and more behind it", pieces: pieces) == "not her")
    let long = message("ffffERR " + String(repeating: "x", count: 100_000), pieces: pieces)
    #expect((1...1_024).contains(long?.utf8.count ?? 0))
  }

  @Test(arguments: [
    "", "0", "0008NAK\n", "0008NAK\nPACK", "001e# service=git-upload-pack\n0000", "ERR ",
    "0008ERR ",
    "zzzzERR nothing", "-001ERR nothing", "0009err x",
  ])
  func findsNoneElsewhere(answer: String) {
    let found = message(answer)
    #expect(found == nil || found == "", "\(found ?? "")")
  }

  @Test func anAnswerThatIsAnErrorHasFailed() async throws {
    let sink = GitResponseSink(capacity: 1_000, limit: 1_000)
    try await sink.write(Array("0011ERR not".utf8))
    try await sink.write(Array(" here!".utf8))
    sink.end(with: nil)
    let error = #expect(throws: GitError.self) {
      var bytes = [UInt8](repeating: 0, count: 100)
      while try bytes.withUnsafeMutableBytes({ try sink.read(into: $0, timeout: .seconds(10)) }) > 0
      {}
    }
    #expect(error?.code == .refusedByServer)
    #expect(error?.message.contains("not here!") == true)
  }
}
