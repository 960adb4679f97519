import SallyportCore
import SallyportGitProtocol
import SallyportLedger
import SallyportTestSupport
import Testing

@testable import SallyportVCSAgent

/// Git's own client through a real sealed channel.
@Suite(.timeLimit(.minutes(5)), .serialized) struct SealedGitTests {
  /// What is allowed works as with the server itself.
  @Test(arguments: FetchConfinementTests.versions)
  func clonesAndFetchesWork(_ version: ProtocolVersion) async throws {
    try await Scratch.with { scratch in
      let repository = try await BranchedRepository(scratch, noise: 3_000_000)
      try await SealedGit.with(.wholeRepositories, scratch: scratch) { url, _ in
        try await scratch.shell(
          """
          set -x; export GIT_TERMINAL_PROMPT=0
          version=$2; url=$1
          git() { command git -c protocol.version="$version" -c advice.detachedHead=false "$@"; }
          server=$PWD/repositories/team/app.git
          # In versions 0 and 1 a partial clone asks for what it left out only where it may.
          command git -C "$server" config uploadpack.allowAnySHA1InWant true

          git clone -q "$url" full
          command git -C full fsck --full --strict
          command git -C full for-each-ref --format='%(objectname) %(refname)' refs/tags > tags
          command git -C "$server" for-each-ref --format='%(objectname) %(refname)' refs/tags |
            diff - tags
          test "$(command git -C full rev-parse origin/secret)" = "$3"
          command git -C full rev-list --all --objects | cut -c1-40 | sort > cloned
          command git -C "$server" rev-list --all --objects | cut -c1-40 | sort |
            diff - cloned >&2

          git clone -q --mirror "$url" mirror.git
          command git -C mirror.git for-each-ref > mirrored
          command git -C "$server" for-each-ref | diff - mirrored

          git clone -q --depth 1 "$url" shallow
          test "$(command git -C shallow rev-list --count HEAD)" = 1
          git -C shallow fetch -q --deepen 1
          test "$(command git -C shallow rev-list --count HEAD)" = 2
          git -C shallow fetch -q --unshallow
          test "$(command git -C shallow rev-list --count HEAD)" = 4
          git clone -q --shallow-since=2001-01-01 "$url" since
          git clone -q --shallow-exclude=v1 "$url" behind
          test "$(command git -C behind rev-list --count HEAD)" = 1

          git clone -q --single-branch --branch main "$url" single
          test -z "$(command git -C single for-each-ref refs/remotes/origin/secret)"
          test -n "$(command git -C single for-each-ref refs/remotes/origin/main)"
          git clone -q --branch v1 "$url" tagged
          test "$(command git -C tagged rev-parse HEAD)" = "$(command git -C "$server" rev-parse 'v1^{}')"

          git clone -q --filter=blob:none --no-checkout "$url" partial
          test -n "$(command git -C partial rev-list --objects --all --missing=print | grep '^?')"
          git -C partial checkout -q main
          cmp partial/noise full/noise

          git init -q empty
          git -C empty fetch -q "$url" "$3"
          test "$(command git -C empty rev-parse FETCH_HEAD)" = "$3"

          cd work; echo more > more; command git add -A; command git commit -q -m More
          command git tag -a v2 -m "Version 2"; command git push -q "$server" main v2; cd ..
          git -C full fetch -q
          test "$(command git -C full rev-parse origin/main)" = "$(command git -C work rev-parse main)"
          test "$(command git -C full rev-parse v2)" = "$(command git -C work rev-parse v2)"
          test "$(git ls-remote "$url" | wc -l)" = 7
          """, url + "team/app.git", "\(version.rawValue)", repository.secret)
      }
    }
  }

  @Test(arguments: FetchConfinementTests.versions)
  func aGrantIsEnoughForItsRef(_ version: ProtocolVersion) async throws {
    try await Scratch.with { scratch in
      let repository = try await BranchedRepository(scratch, noise: 3_000_000)
      try await SealedGit.with(.grant(ref: "refs/heads/main"), scratch: scratch) { url, harness in
        try await scratch.shell(
          """
          set -x; export GIT_TERMINAL_PROMPT=0
          version=$2; url=$1
          git() { command git -c protocol.version="$version" "$@"; }
          git clone -q "$url" full
          command git -C full fsck --full --strict
          test "$(command git -C full rev-parse HEAD)" = "$3"
          test "$(command git -C full for-each-ref --format='%(refname)')" = "$(printf '%s\\n' \
            refs/heads/main refs/remotes/origin/HEAD refs/remotes/origin/main)"
          git clone -q --depth 1 "$url" shallow
          test "$(command git -C shallow rev-list --count HEAD)" = 1
          git -C shallow fetch -q --unshallow
          test "$(command git -C shallow rev-list --count HEAD)" = 4
          git clone -q --single-branch --branch main "$url" single
          # Not offered: the clone is whole.
          git clone -q --filter=blob:none "$url" partial
          test -z "$(command git -C partial rev-list --objects --all --missing=print | grep '^?')"

          cd work; echo more > more; command git add -A; command git commit -q -m More
          command git push -q ../repositories/team/app.git main; cd ..
          git -C full fetch -q
          test "$(command git -C full rev-parse origin/main)" = "$(command git -C work rev-parse main)"
          """, url + "team/app.git", "\(version.rawValue)", repository.main)
        #expect(!harness.log.text.contains("decision=reset"))
      }
    }
  }

  @Test(arguments: FetchConfinementTests.versions)
  func aGrantOfACommitIsEnoughForIt(_ version: ProtocolVersion) async throws {
    try await Scratch.with { scratch in
      let repository = try await BranchedRepository(scratch)
      try await SealedGit.with(.grant(commit: repository.secret), scratch: scratch) { url, _ in
        try await scratch.shell(
          """
          set -x
          test -z "$(git -c protocol.version="$2" ls-remote "$1")"
          git init -q one
          if [ "$2" = 2 ]; then
            git -C one -c protocol.version=2 fetch -q "$1" "$3"
            test "$(git -C one rev-parse FETCH_HEAD)" = "$3"
          else
            # A server without refs is nothing that Git asks in these versions.
            git -C one -c protocol.version="$2" fetch -q "$1" "$3" 2>&1 | grep "no matching remote"
          fi
          """, url + "team/app.git", "\(version.rawValue)", repository.secret)
      }
    }
  }

  /// What Git says to the person, in one word: what is asked for, and what is shown.
  @Test(arguments: FetchConfinementTests.versions)
  func whatIsRefusedIsSaidByGit(_ version: ProtocolVersion) async throws {
    try await Scratch.with { scratch in
      let repository = try await BranchedRepository(scratch)
      let missing = "remote: the repository is not available: it does not exist, or"
      let object = "remote error: object %@ is not available: it does not exist, or"
      let byID = version == .v2 ? object : "Server does not allow request for unadvertised object"
      let attempts: [(command: String, message: String)] = [
        ("clone $url/team/other.git x", missing),
        ("clone $url/team/nothing.git x", missing),
        ("clone $url/secret/app.git x", missing),
        ("clone $url/team/../secret/app.git x", missing),
        ("clone --branch secret $url/team/app.git x", "Remote branch secret not found"),
        ("clone --branch v1 $url/team/app.git x", "Remote branch v1 not found"),
        ("fetch $url/team/app.git refs/heads/secret", "couldn't find remote ref refs/heads/secret"),
        (
          "fetch $url/team/app.git \(repository.secret)",
          byID.replacing("%@", with: repository.secret)
        ),
        (
          "fetch $url/team/app.git \(repository.hidden)",
          byID.replacing("%@", with: repository.hidden)
        ),
        ("push $url/team/app.git HEAD:refs/heads/x", "remote: only git-upload-pack is served"),
      ]
      try await SealedGit.with(.grant(ref: "refs/heads/main"), scratch: scratch) { url, harness in
        try await scratch.shell(
          "git clone -q --no-local --single-branch -b main repositories/team/app.git attempts")
        for attempt in attempts {
          let output = try await scratch.shell(
            """
            url=${1%/}; cd attempts
            if eval "git -c protocol.version=$3 $2" 2>&1; then echo "it worked"; fi
            """, url, attempt.command, "\(version.rawValue)")
          #expect(output.contains(attempt.message), "\(attempt.command): \(output)")
          #expect(!output.contains("it worked"))
        }
        #expect(!harness.log.text.contains("decision=reset"))
        // What reached the VCS agent is on record with the customer.
        let refused = harness.ledger.all(LedgerRequest.self).filter { $0.event == .refused }
        for repository in ["team/other.git", "team/nothing.git", "secret/app.git"] {
          #expect(refused.contains { $0.repository == repository }, "\(repository)")
        }
        #expect(refused.contains { $0.decision.reason?.hasPrefix("service") == true })
        if version == .v2 {
          #expect(refused.filter { $0.decision.reason?.contains("object") == true }.count == 2)
        }
      }
    }
  }

  /// A worker without a grant, where one is required.
  @Test func withoutAGrantGitSaysSo() async throws {
    try await Scratch.with { scratch in
      _ = try await BranchedRepository(scratch)
      let fixture = try GrantFixture(scratch)
      let shown = try HandlerHarness(
        grants: fixture.rules, LocalUpstream(directory: scratch.path("repositories")))
      let refused = try await shown.advertise("team/app.git")
      #expect(refused.status == 403)
      #expect(refused.text.contains("this VCS agent serves signed jobs only"))
    }
  }

  static let dulwich = """
    import sys, dulwich.porcelain as p, dulwich.client as c
    url, main, secret, version = sys.argv[1], sys.argv[2].encode(), sys.argv[3].encode(), int(sys.argv[4])
    app = url + "team/app.git"
    client, path = c.get_transport_and_path(app)
    def refused(what, call):
        try:
            call()
        except Exception as error:
            print(what + ": " + type(error).__name__ + ": " + str(error))
        else:
            raise SystemExit(what + " was served")
    listed = client.get_refs(path, protocol_version=version).refs
    assert listed[b"refs/heads/main"] == main, listed
    assert (b"refs/heads/secret" in listed) == (sys.argv[5] == "whole"), listed
    repo = p.clone(app, "dulwich-full", errstream=p.NoneStream(), protocol_version=version)
    assert repo.head() == main
    assert all(repo.object_store[sha].check() is None for sha in repo.object_store)
    assert len(list(repo.get_walker())) == 3
    client.fetch(path, repo, protocol_version=version)
    shallow = p.clone(app, "dulwich-shallow", errstream=p.NoneStream(), depth=1, protocol_version=version)
    assert main in shallow.get_shallow() and (sys.argv[5] == "whole" or len(shallow.get_shallow()) == 1)
    if sys.argv[5] == "whole":
        p.clone(app, "dulwich-partial", errstream=p.NoneStream(), filter_spec="blob:none", checkout=False, protocol_version=version)
    else:
        def want(sha):
            client.fetch(path, repo, determine_wants=lambda refs, depth=None: [sha], protocol_version=version)
        refused("object", lambda: want(secret))
        refused("repository", lambda: p.clone(url + "team/other.git", "x", protocol_version=version))
        refused("push", lambda: p.push(repo, app, b"refs/heads/main:refs/heads/new"))
    """

  @Test(arguments: [0, 2], [true, false])
  func dulwichWorks(_ version: Int, whole: Bool) async throws {
    let python = try await DulwichPython.find()
    try await Scratch.with { scratch in
      let repository = try await BranchedRepository(scratch)
      let rights: SealedGit.Rights = whole ? .wholeRepositories : .grant(ref: "refs/heads/main")
      try scratch.write("client.py", Self.dulwich)
      try await SealedGit.with(rights, scratch: scratch) { url, harness in
        let output = try await scratch.shell(
          "\"$1\" client.py \"$2\" \"$3\" \"$4\" \"$5\" \"$6\"", python, url, repository.main,
          repository.secret, "\(version)", whole ? "whole" : "grant")
        #expect(!harness.log.text.contains("decision=reset"))
        guard !whole else { return }
        // It reads over the line that says why, whoever the server is.
        #expect(output.contains("object: HangupException"), "\(output)")
        #expect(harness.log.text.contains("reason=object: \(repository.secret)"))
        #expect(output.contains("repository: NotGitRepository"), "\(output)")
      }
    }
  }
}
