import FoundationEssentials
import Testing

@Suite(.serialized, .timeLimit(.minutes(5))) struct MemoryTests {
  /// 500 MB of content that does not compress.
  @Test func aLargeFetchDoesNotGrowGatewayOrAgent() async throws {
    let repository = FileManager.default.temporaryDirectory.appending(
      path: "sallyport-large-\(UInt32.random(in: .min ... .max))"
    ).path()
    defer { try? FileManager.default.removeItem(atPath: repository) }
    let made = try await Executables().run(
      "/bin/sh",
      [
        "-ec",
        """
        git init --quiet --initial-branch=main "$1" && cd "$1"
        for i in 1 2 3 4 5; do head -c 100000000 /dev/urandom > "file-$i"; done
        git config core.compression 0
        git add --all
        git -c user.name=Test -c user.email=test@example.invalid commit --quiet -m Large
        git repack -a -d --quiet && rm file-*
        """, "sh", repository,
      ])
    try #require(made.status == 0, "\(made.errorText)")

    try await Stack.with(repository: repository) { stack in
      // One small job first, so that code and pools that every fetch needs are there already.
      let options = ["--repo", "on-prem:team/app.git", "--ref", "main"]
      _ = try await stack.submit([], command: ["true"])
      let processes = [try await stack.gateway, try await stack.agent]
      let before = try processes.map { try ProcessEvidence.memory("VmRSS", of: $0) }
      let job = try await stack.submit(options, command: ["sh", "-c", "cat file-* | wc -c"])
      #expect(job.result.text == "500000000\n")
      #expect(try await stack.show(job.id).relayBytesToWorker > 500_000_000)
      let peak = try processes.map { try ProcessEvidence.memory("VmHWM", of: $0) }
      for (before, peak) in zip(before, peak) { #expect(peak - before < 32 * 1_024) }
    }
  }
}
