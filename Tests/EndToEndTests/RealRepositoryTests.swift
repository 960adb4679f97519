import FoundationEssentials
import Testing

/// A large real repository, where one is at hand beside the project.
@Suite(.serialized, .timeLimit(.minutes(5))) struct RealRepositoryTests {
  static let bundle = "\(Executables.packageRoot)/../shared/data/real-repo.bundle"

  @Test(.enabled(if: FileManager.default.fileExists(atPath: bundle)))
  func theCheckoutEqualsADirectClone() async throws {
    try await Stack.with(repository: Self.bundle) { stack in
      let branch = try await stack.git("symbolic-ref", "--short", "HEAD")
      let job = try await stack.submit(
        ["--repo", "on-prem:team/app.git", "--ref", branch],
        command: [
          "sh", "-c", "git rev-parse 'HEAD^{tree}' && git fsck --strict && git status --porcelain",
        ])
      #expect(job.result.status == 0, "\(job.result.errorText)")
      #expect(job.result.text == (try await stack.git("rev-parse", "\(branch)^{tree}")) + "\n")
      #expect(try await stack.show(job.id).commit == (try await stack.git("rev-parse", branch)))
    }
  }
}
