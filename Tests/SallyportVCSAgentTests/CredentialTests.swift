import SallyportCore
import Testing

@testable import SallyportVCSAgent

@Suite(.timeLimit(.minutes(1))) struct CredentialTests {
  private let url: UpstreamURL

  init() throws { url = try UpstreamURL("https://git.example:8443/scm/") }

  private func helper(
    _ scratch: Scratch, _ script: String, limits: HelperCredential.Limits = .init()
  ) throws -> HelperCredential {
    let path = try scratch.write("helper", "#!/bin/sh\n" + script, mode: 0o700)
    return HelperCredential(command: [path, "an argument; $(touch x)"], limits: limits)
  }

  private func reason(_ source: some CredentialSource) async -> String {
    do {
      _ = try await source.credential(for: url)
      return "no error"
    } catch let refusal as RequestRefusal {
      return refusal.reason == .credential ? refusal.detail : "\(refusal)"
    } catch {
      return "another error: \(error)"
    }
  }

  @Test func asksHelper() async throws {
    try await Scratch.with { scratch in
      let helper = try helper(
        scratch,
        """
        cd "$(dirname "$0")"
        printf '%s\\n' "$@" > arguments; cat > question; echo x >> calls
        printf 'protocol=https\\nusername=bot\\npassword=s3cr=t\\nquit=0\\n'
        """)
      let credential = try await helper.credential(for: url)
      #expect(credential.username == "bot")
      #expect(credential.password.withValue { $0 } == "s3cr=t")
      #expect(credential.basicAuthorization == "Basic Ym90OnMzY3I9dA==")
      #expect("\(credential)".contains("<redacted>"))
      #expect(try scratch.read("arguments") == "an argument; $(touch x)\nget\n")
      #expect(try scratch.read("question") == "protocol=https\nhost=git.example:8443\n\n")
      _ = try await helper.credential(for: url)
      #expect(try scratch.read("calls") == "x\n")
      await helper.refused()
      _ = try await helper.credential(for: url)
      #expect(try scratch.read("calls") == "x\nx\n")
    }
  }

  @Test func runsOneHelperForAll() async throws {
    try await Scratch.with { scratch in
      let helper = try helper(
        scratch,
        """
        cd "$(dirname "$0")"; echo x >> calls
        printf 'username=bot\\npassword=p\\n'
        """)
      let url = url
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<16 { group.addTask { _ = try await helper.credential(for: url) } }
        try await group.waitForAll()
      }
      #expect(try scratch.read("calls") == "x\n")
    }
  }

  @Test func survivesBadHelpers() async throws {
    try await Scratch.with { scratch in
      for script in [
        "exit 1", "kill -9 $$", "echo nonsense", "echo username=x", "echo password=y",
        "printf 'username=a\\npassword=\\n'", "printf 'username=a:b\\npassword=c\\n'",
        "printf 'username=a\\npassword=b\\rX-Evil: 1\\n'",
      ] {
        let text = await reason(try helper(scratch, script))
        #expect(!text.contains("error"), "\(script): \(text)")
      }
      let missing = HelperCredential(command: ["/nonexistent/helper"])
      #expect(await reason(missing).hasPrefix("the helper failed"))
      #expect(await !reason(HelperCredential(command: [])).contains("error"))
    }
  }

  @Test func endsHelperThatHangs() async throws {
    try await Scratch.with { scratch in
      var limits = HelperCredential.Limits()
      limits.timeout = .seconds(2)
      let helper = try helper(
        scratch,
        """
        cd "$(dirname "$0")"
        trap '' TERM; sleep 1000 & echo $! > child; echo $$ > self; wait; sleep 1000
        """, limits: limits)
      let text = await reason(helper)
      #expect(text.contains("did not answer"), "\(text)")
      // Nothing of it is left, its own children included.
      try await scratch.shell(
        """
        for f in self child; do
          pid=$(cat $f)
          if [ -d "/proc/$pid" ] && ! grep -q ') Z ' "/proc/$pid/stat"; then
            echo "$f still runs" >&2; exit 1
          fi
        done
        """)
    }
  }

  @Test func boundsHelpersOutput() async throws {
    try await Scratch.with { scratch in
      let text = await reason(
        try helper(scratch, "yes 'username=CANARY' | head -c 10000000"))
      #expect(!text.contains("error") && !text.contains("CANARY"), "\(text)")
    }
  }

  @Test func readsFile() async throws {
    try await Scratch.with { scratch in
      let good = try scratch.write("good", "user\npass word\n")
      let credential = try await FileCredential(path: good).credential(for: url)
      #expect(credential.username == "user")
      #expect(credential.password.withValue { $0 } == "pass word")
      let crlf = try scratch.write("crlf", "user\r\ntoken\r\n")
      let other = try await FileCredential(path: crlf).credential(for: url)
      #expect(other.password.withValue { $0 } == "token")
      try scratch.write("good", "user\nrotated\n")
      let rotated = try await FileCredential(path: good).credential(for: url)
      #expect(rotated.password.withValue { $0 } == "rotated")
    }
  }

  @Test func refusesUnsafeOrMalformedFile() async throws {
    try await Scratch.with { scratch in
      for (content, mode) in [
        ("user\nCANARY\n", 0o640), ("user\nCANARY\n", 0o604), ("CANARY", 0o600),
        ("user\nCANARY\nmore\n", 0o600), ("us:er\nCANARY\n", 0o600), ("\n\n", 0o600),
      ] {
        let path = try scratch.write("file", content, mode: mode)
        let text = await reason(FileCredential(path: path))
        #expect(!text.contains("error") && !text.contains("CANARY"), "\(text)")
      }
      let text = await reason(FileCredential(path: scratch.path("missing")))
      #expect(text.contains("does not exist"))
    }
  }
}
