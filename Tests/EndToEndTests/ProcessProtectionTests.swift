import FoundationEssentials
import Glibc
import Testing

/// What other processes of the same user, and a crash, can get out of Sallyport's own: nothing.
@Suite(.serialized, .timeLimit(.minutes(3))) struct ProcessProtectionTests {
  @Test func noProcessLeavesACoreOrLetsItsUserLookIntoIt() async throws {
    try await Stack.with { stack in
      let used = try Signal(in: stack.data)
      let job = try await stack.submitWithoutFollowing(
        [], command: ["sh", "-c", "echo begun; echo $PPID > \(used.path); sleep 1000"])
      let supervisor = try #require(
        Int32(try await used.received(using: stack.executables).filter { !$0.isNewline }))
      for process in [
        try await stack.gateway, try await stack.agent, try await stack.worker(), supervisor,
      ] {
        try await expectClosed(process, stack.executables)
      }
      // The command line while it is at work, too: it has tokens, keys and values of secrets.
      try await stack.whileFollowing(job) { try await expectClosed($0, stack.executables) }
      _ = try await stack.sallyport("job", "cancel", job)
    }
  }

  private func expectClosed(_ process: Int32, _ executables: Executables) async throws {
    let limits = try String(contentsOfFile: "/proc/\(process)/limits", encoding: .utf8)
    let core = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max core") })
    #expect(core.split(separator: " ").dropFirst(4).prefix(2) == ["0", "0"], "\(core)")
    // As another process of the user, which has no more rights than it.
    let look = try await executables.run(
      "/usr/bin/setpriv",
      [
        "--bounding-set", "-all", "--inh-caps", "-all", "--no-new-privs", "sh", "-c",
        "cat /proc/\(process)/environ || head -c1 /proc/\(process)/mem; readlink /proc/\(process)/fd/0",
      ])
    #expect(look.status != 0 && look.text.isEmpty, "\(process): \(look.text)")
  }
}
