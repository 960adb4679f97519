import FoundationEssentials
import Glibc
import Subprocess
import SystemPackage
import Testing

/// Nothing is called but what is configured: no telemetry, no update check, no name looked up.
///
/// Everything runs where there is no network but the loopback, and every call that could reach out
/// is read afterwards.
@Suite(.serialized, .enabled(if: geteuid() == 0), .timeLimit(.minutes(4))) struct QuietTests {
  /// Of strace's lines, those that name an address outside of this machine, or a name server.
  private func reachingOut(_ trace: String) -> [Substring] {
    trace.split(separator: "\n").filter { line in
      guard line.contains("AF_INET") else { return false }
      let isLocal =
        line.contains(#"inet_addr("127."#) || line.contains(#"inet_pton(AF_INET6, "::1""#)
        || line.contains(#"inet_pton(AF_INET6, "::ffff:127."#)
      return !isLocal || line.contains("htons(53)")
    }
  }

  @Test func theMainJobNeedsNothingElse() async throws {
    try await Stack.with(in: .withoutRoute) { stack in
      let status = try await stack.commandLine([
        "job", "submit", "--pool", "builders", "--repo", "on-prem:team/app.git", "--ref", "main",
        "--follow", "--", "cat", "module-1/part-1/file-1.txt",
      ])
      #expect(status == 0)
      let said = try String(contentsOfFile: "\(stack.data)/log/cli.log", encoding: .utf8)
      #expect(said.contains("module 1, part 1, file 1"))

      let trace = try String(contentsOfFile: "\(stack.data)/network-calls", encoding: .utf8)
      #expect(reachingOut(trace) == [])
      // Worker, VCS agent, command line: each has connected to the gateway at least.
      for port in await stack.endpoints.gatewayPorts {
        #expect(trace.contains("htons(\(port))"), "nobody has connected to port \(port)")
      }
    }
  }

  /// That the look at the trace finds what it looks for.
  @Test func aProgramThatReachesOutIsSeen() async throws {
    let attempts = """
      import socket
      for address in [("192.0.2.1", 443), ("127.0.0.1", 53)]:
          try: socket.create_connection(address, timeout=1)
          except OSError: pass
      socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9))
      try: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("198.51.100.1", 9))
      except OSError: pass
      """
    let result = try await Subprocess.run(
      .path("/usr/bin/unshare"),
      arguments: [
        "--net", "bash", "-c",
        "ip link set lo up && exec strace -f -qq -s 0 -o /dev/stdout -e trace=connect,sendto "
          + "/usr/bin/python3 -c \"$0\"", attempts,
      ], output: .string(limit: 1 << 20), error: .discarded)
    let seen = reachingOut(result.standardOutput)
    #expect(seen.count == 3, "\(result.standardOutput)")
  }
}
