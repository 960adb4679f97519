import FoundationEssentials
import Subprocess
import SystemPackage
import Testing

/// What an operator's Prometheus and an orchestrator see of real processes.
@Suite(.serialized, .timeLimit(.minutes(5))) struct HealthTests {
  @Test func aJobIsSeenInTheMetricsOfAllThree() async throws {
    try await Stack.with { stack in
      for process in [Stack.Observed.gateway, .worker("worker-1"), .agent] {
        let live = try await stack.health(process)
        #expect(live.status == 0, "\(process): \(live.text)\(live.errorText)")
        let ready = try await stack.health(process, "--ready")
        #expect(ready.status == 0, "\(process): \(ready.text)\(ready.errorText)")
        #expect(ready.text.split(separator: "\n").allSatisfy { $0.hasPrefix("ok ") })
      }
      let job = try await stack.submit(
        ["--repo", "on-prem:team/app.git", "--ref", "main"], command: ["echo", "hello"])
      #expect(job.result.status == 0, "\(job.result.errorText)")

      let gateway = try await stack.metrics(of: .gateway)
      let pool = #"tenant="acme",pool="builders""#
      #expect(gateway["sallyport_gateway_jobs_submitted_total{\(pool)}"] == 1)
      #expect(gateway[#"sallyport_gateway_jobs_ended_total{\#(pool),state="succeeded"}"#] == 1)
      #expect(gateway["sallyport_gateway_job_wait_seconds_count{\(pool)}"] == 1)
      #expect(gateway[#"sallyport_gateway_jobs{\#(pool),state="queued"}"#] == 0)
      #expect(gateway[#"sallyport_gateway_sessions{role="worker"}"#] == 1)
      #expect(gateway[#"sallyport_gateway_sessions{role="agent"}"#] == 1)
      #expect(gateway[#"sallyport_gateway_relays_total{outcome="opened",status="200"}"#] ?? 0 >= 1)
      #expect(gateway[#"sallyport_gateway_relay_bytes_total{to="worker"}"#] ?? 0 > 1_000)
      #expect(gateway["sallyport_gateway_log_bytes_total"] ?? 0 > 0)
      #expect(gateway["sallyport_gateway_log_uncommitted_bytes"] == 0)
      #expect(gateway["sallyport_store_commit_seconds_count"] ?? 0 > 0)
      #expect(gateway[#"sallyport_connections_open{listener="agents"}"#] ?? 0 >= 2)
      #expect(gateway["process_open_fds"] ?? 0 > 3)

      let worker = try await stack.metrics(of: .worker("worker-1"))
      #expect(worker[#"sallyport_worker_attempts_total{outcome="succeeded"}"#] == 1)
      #expect(worker["sallyport_worker_jobs_capacity"] == 2)
      #expect(worker["sallyport_worker_spool_waiting_bytes"] == 0)
      #expect(
        worker["sallyport_worker_log_uploaded_bytes_total"]
          == gateway["sallyport_gateway_log_bytes_total"])
      #expect(worker["sallyport_worker_fetch_bytes_total"] ?? 0 > 100)
      #expect(worker["sallyport_worker_checkout_seconds_count"] == 1)
      #expect(worker["sallyport_session_open"] == 1)

      let agent = try await stack.metrics(of: .agent)
      #expect(agent[#"sallyport_agent_requests_total{outcome="served"}"#] ?? 0 >= 2)
      #expect(agent[#"sallyport_agent_bytes_total{direction="to_worker"}"#] ?? 0 > 100)
    }
  }

  @Test func aGatewayThatIsKilledIsNotWellAndItsWorkersSaySo() async throws {
    try await Stack.with { stack in
      try await stack.kill(try await stack.gateway)
      let dead = try await stack.health(.gateway)
      #expect(dead.status == 69)
      #expect(dead.errorText.contains("does not answer"))
      _ = try await stack.logLines("agent-1", matching: "session lost")
      let agent = try await stack.health(.agent, "--ready", "--json")
      #expect(agent.status == 69)
      #expect(agent.text.contains(#""name":"session","status":"failing""#))
      // It lives, and is not to be started again.
      #expect(try await stack.health(.agent).status == 0)
      #expect(try await stack.metrics(of: .agent)["sallyport_session_open"] == 0)

      try await stack.startGatewayAgain()
      #expect(try await stack.health(.gateway, "--ready").status == 0)
    }
  }

  @Test func aStoreThatCannotBeWrittenMakesTheGatewayUnreadyAndNotDead() async throws {
    try await Stack.with(.gatewayOnly) { stack in
      // Another process holds the database's write lock until its standard input ends.
      let holder = """
        import sqlite3, sys
        database = sqlite3.connect(sys.argv[1], isolation_level=None)
        database.execute("PRAGMA busy_timeout = 60000")
        database.execute("BEGIN IMMEDIATE")
        print("locked", flush=True)
        sys.stdin.read()
        """
      _ = try await Subprocess.run(
        .path("/usr/bin/env"),
        arguments: ["python3", "-c", holder, "\(stack.data)/gateway/gateway.db"],
        input: .inputWriter, output: .sequence, error: .discarded
      ) { execution in
        for try await _ in execution.standardOutput { break }
        _ = try await stack.logLines("gateway", matching: "store refuses new work")
        let ready = try await stack.health(.gateway, "--ready")
        #expect(ready.status == 69)
        #expect(ready.text.contains("failing store: "))
        #expect(try await stack.health(.gateway).status == 0)
        #expect(
          try await stack.metrics(of: .gateway)["sallyport_store_failed_commits_total"] ?? 0 > 0)
        try await execution.standardInputWriter.finish()
      }
      _ = try await stack.logLines("gateway", matching: "store takes new work again")
      #expect(try await stack.health(.gateway, "--ready").status == 0)
    }
  }
}
