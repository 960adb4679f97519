import Logging
import SallyportCore
import SallyportGit
import Testing

@testable import SallyportVCSAgent

/// The worker's own checkout (libgit2) against an agent that serves what the job's grant names.
@Suite(.timeLimit(.minutes(2))) struct GrantedCheckoutTests {
  private func checkOut(
    _ scratch: Scratch, ref: String = "", commit: String = "", into name: String = "w",
    grantedRef: String? = nil, grantedCommit: String? = nil
  ) async throws -> GitCheckout.Result {
    let harness = try await HandlerHarness.granted(
      scratch, ref: grantedRef, commit: grantedCommit,
      LocalUpstream(directory: scratch.path("repositories")))
    return try await GitCheckout(
      cacheDirectory: scratch.path("cache"), logger: Logger(label: "test")
    ).checkOut(
      .init(
        pool: "onprem", repository: try RepositoryName("team/app.git"),
        revision: try GitRevision(ref: ref, commit: commit), workspace: scratch.path(name)),
      through: HandlerExchange(harness: harness))
  }

  @Test func aBranchAndATag() async throws {
    try await Scratch.with { scratch in
      let repository = try await BranchedRepository(scratch)
      let main = try await checkOut(
        scratch, ref: "refs/heads/main", grantedRef: "refs/heads/main")
      #expect(main.commit.hexadecimal == repository.main)
      let tag = try await checkOut(
        scratch, ref: "refs/tags/v1", into: "tag", grantedRef: "refs/tags/v1")
      #expect(tag.commit.hexadecimal == repository.tagged)
      #expect(tag.receivedObjects < 3)
    }
  }

  @Test func aCommitOfItsRef() async throws {
    try await Scratch.with { scratch in
      let repository = try await BranchedRepository(scratch)
      let result = try await checkOut(
        scratch, ref: "refs/heads/main", commit: repository.parent, grantedRef: "refs/heads/main",
        grantedCommit: repository.parent)
      #expect(result.commit.hexadecimal == repository.parent)
    }
  }

  @Test func anotherRefIsNotThere() async throws {
    try await Scratch.with { scratch in
      _ = try await BranchedRepository(scratch)
      let error = await #expect(throws: GitError.self) {
        try await checkOut(scratch, ref: "refs/heads/secret", grantedRef: "refs/heads/main")
      }
      #expect(error?.code == .refNotFound)
    }
  }

  /// No ref is shown then. A server of smart HTTP gives out by its id what some ref reaches.
  @Test func aCommitAlone() async throws {
    try await Scratch.with { scratch in
      let repository = try await BranchedRepository(scratch)
      for commit in [repository.secret, repository.parent, repository.main] {
        let result = try await checkOut(
          scratch, commit: commit, into: commit, grantedCommit: commit)
        #expect(result.commit.hexadecimal == commit)
      }
    }
  }

  @Test func aCommitThatNoRefReaches() async throws {
    try await Scratch.with { scratch in
      let repository = try await BranchedRepository(scratch)
      let error = await #expect(throws: GitError.self) {
        try await checkOut(
          scratch, commit: repository.hidden, grantedCommit: repository.hidden)
      }
      #expect(error?.code == .commitNotFound, "\(error.map { "\($0)" } ?? "")")
      #expect(error?.message.contains("name a ref that contains it") == true)
      try await scratch.shell(
        "git -C repositories/team/app.git config uploadpack.allowAnySHA1InWant true")
      let result = try await checkOut(
        scratch, commit: repository.hidden, grantedCommit: repository.hidden)
      #expect(result.commit.hexadecimal == repository.hidden)
    }
  }

  /// A repository that the grant does not name, and a commit that it does not.
  @Test func anotherCommitIsNotThere() async throws {
    try await Scratch.with { scratch in
      let repository = try await BranchedRepository(scratch)
      let error = await #expect(throws: GitError.self) {
        try await checkOut(scratch, commit: repository.secret, grantedCommit: repository.main)
      }
      #expect(error?.code == .commitNotFound)
    }
  }

  @Test func aRefThatHasMovedOn() async throws {
    try await Scratch.with { scratch in
      let repository = try await BranchedRepository(scratch)
      try await scratch.shell(
        """
        cd work; echo more > more; git add -A; git commit -q -m More
        git push -q ../repositories/team/app.git main
        """)
      let forward = try await checkOut(
        scratch, ref: "refs/heads/main", commit: repository.main, grantedRef: "refs/heads/main",
        grantedCommit: repository.main)
      #expect(forward.commit.hexadecimal == repository.main)
      try await scratch.shell(
        "git -C repositories/team/app.git update-ref refs/heads/main \"$1\"", repository.parent)
      let error = await #expect(throws: GitError.self) {
        try await checkOut(
          scratch, ref: "refs/heads/main", commit: repository.main, into: "back",
          grantedRef: "refs/heads/main", grantedCommit: repository.main)
      }
      #expect(error?.code == .commitNotInRef)
      let gone = await #expect(throws: GitError.self) {
        try await scratch.shell(
          "git -C repositories/team/app.git symbolic-ref HEAD refs/heads/secret")
        try await scratch.shell("git -C repositories/team/app.git update-ref -d refs/heads/main")
        _ = try await checkOut(
          scratch, ref: "refs/heads/main", into: "gone", grantedRef: "refs/heads/main")
      }
      #expect(gone?.code == .refNotFound)
    }
  }
}
