import FoundationEssentials
import Testing

extension Stack {
  /// What a gateway's database holds of one pool, and of all others, read without any key.
  struct PoolRows: Decodable, Sendable {
    /// How many rows of each table are of the pool.
    let own: [String: Int]
    /// By table: rows of other pools and other tenants.
    let others: [String: [String]]
    /// Whether a purge has begun, and has ended.
    let began: Bool
    let purged: Bool
  }

  nonisolated func rows(ofPool pool: String, of tenant: String = "acme") async throws -> PoolRows {
    let result = try await executables.run(
      "/usr/bin/python3",
      [
        "\(SecretsCustomer.resources)/pool_rows.py", "\(data)/gateway/gateway.db", tenant, pool,
      ])
    try #require(result.status == 0, "\(result.errorText)")
    return try JSONDecoder().decode(PoolRows.self, from: Data(result.output))
  }

  /// Has the gateway killed, with SIGKILL, as one of its threads is about to sync a commit for the given
  /// time, and returns when it is gone.
  ///
  /// - Parameter body: What makes it commit.
  nonisolated func killingGateway(
    atSync count: Int, _ body: @Sendable () async throws -> Void
  ) async throws {
    let process = try await gateway
    let executables = executables
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        _ = try await executables.run(
          "/usr/bin/timeout",
          [
            "60", "strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e",
            "inject=fsync,fdatasync:signal=KILL:when=\(count)", "-p", "\(process)",
          ])
      }
      let isTraced = """
        until ! grep -LE 'TracerPid:[[:space:]]*[1-9]' /proc/$0/task/*/status | grep -q .; do
          sleep 0.05
        done
        """
      let attached = try await executables.run(
        "/usr/bin/timeout", ["30", "bash", "-c", isTraced, "\(process)"])
      try #require(attached.status == 0, "strace does not trace the gateway")
      try await body()
      try await group.waitForAll()
    }
    #expect(try await exitCode(of: process) == 137)
  }
}
