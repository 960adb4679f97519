import FoundationEssentials
import Testing

@Suite(.serialized, .timeLimit(.minutes(5))) struct MirrorTests {
  @Test func aSecondJobFetchesOnlyWhatIsNew() async throws {
    try await Stack.with { stack in
      let options = ["--repo", "on-prem:team/app.git", "--ref", "main"]
      let first = try await stack.submit(options, command: ["true"])
      try await stack.commitFile("new.txt", "new\n")
      let second = try await stack.submit(options, command: ["cat", "new.txt"])
      #expect(second.result.text == "new\n")

      let (before, after) = (try await stack.show(first.id), try await stack.show(second.id))
      #expect(after.commit == (try await stack.git("rev-parse", "main")))
      #expect(after.commit != before.commit)
      #expect(after.relayBytesToWorker < before.relayBytesToWorker / 2)
    }
  }

  @Test func twoJobsAtOnceShareAMirror() async throws {
    try await Stack.with { stack in
      let options = ["--repo", "on-prem:team/app.git", "--ref", "main"]
      async let first = stack.submit(options, command: ["git", "status", "--porcelain"])
      async let second = stack.submit(options, command: ["git", "fsck", "--strict"])
      let results = [try await first.result, try await second.result]
      #expect(results.map(\.status) == [0, 0])
      #expect(results[0].text == "")
    }
  }

  @Test func aMissingRefIsSaidAndFailsTheJob() async throws {
    try await Stack.with { stack in
      let job = try await stack.submit(
        ["--repo", "on-prem:team/app.git", "--ref", "no-such-branch"], command: ["true"])
      let shown = try await stack.show(job.id)
      #expect(shown.state == "failed")
      #expect(shown.reason?.contains("no-such-branch") == true)
    }
  }

  @Test func anUnlistedRepositoryLooksLikeAMissingOne() async throws {
    try await Stack.with { stack in
      var reasons: [String] = []
      for repository in ["secret/app.git", "team/missing.git"] {
        let job = try await stack.submit(
          ["--repo", "on-prem:\(repository)", "--ref", "main"], command: ["true"])
        let shown = try await stack.show(job.id)
        #expect(shown.state == "failed")
        reasons.append((shown.reason ?? "").replacing(repository, with: "REPOSITORY"))
      }
      #expect(reasons[0] == reasons[1])
    }
  }
}
