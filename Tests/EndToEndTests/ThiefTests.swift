import FoundationEssentials
import Testing

/// Whoever carries off what a gateway has, its keys included, records all that crosses it, or reads
/// its memory: what of a tenant's valuables each of them has then.
@Suite(.serialized, .timeLimit(.minutes(5))) struct ThiefTests {
  @Test func whatIsSealedStaysClosedForWhoHasEverythingOfTheGateway() async throws {
    try await SecretsCustomer.with { folder in
      let customer = try await ValuableCustomer(folder)
      try await Stack.with(.gatewayOnly, environment: customer.environment) { stack in
        try await recorded(stack) {
          try await customer.fillContext(at: stack)
          let open = try await customer.runOpenJob(at: stack)
          try await customer.sealLogs(of: stack)
          try await customer.runSealedJob(at: stack) { sealed in
            try await customer.customer.mustSucceed(
              ["pool", "pause", "builders", "--reason", customer.valuables.pauseReason.value],
              at: stack)
            try await memory(of: stack)
            let loot = try await Loot.take(from: stack, to: "\(folder.folder)/loot")
            try await withoutKeys(loot, customer.valuables)
            try await withKeys(loot, customer.valuables)
            try await asTheGateway(loot, customer, open: open, sealed: sealed)
          }
        }
        // Every file, on both sides: those of worker and VCS agent, logs, memory, traffic.
        #expect(
          try await Canary.files(below: stack.data, containing: customer.valuables.closed) == [])
        // What is not closed is found, where all can be read: in what crosses the gateway.
        let seen = try Canary.found(
          customer.valuables.all, in: ["\(stack.data)/traffic-0", "\(stack.data)/traffic-1"])
        #expect(seen == customer.valuables.all.subtracting(customer.valuables.closed))
      }
    }
  }

  /// A gateway in which everything that crosses it is recorded: as packets, and as its vendor can
  /// read it, with the gateway's own key.
  private func recorded(_ stack: Stack, _ body: () async throws -> Void) async throws {
    let ports = await stack.endpoints.gatewayPorts
    try await HostileGateway.with(stack) { agents in
      try await HostileGateway.with(stack, callers: .operators) { operators in
        try await PacketCapture.running(ports: ports, into: "\(stack.data)/gateway.pcap") {
          try await stack.startCustomer(through: agents.endpoint)
          await stack.operatorsDial(operators.endpoint)
          try await body()
          try await stack.stop(try await stack.worker())
          try await stack.stop(try await stack.agent)
        }
        for (index, traffic) in [agents.traffic, operators.traffic].enumerated() {
          #expect(traffic.isEmpty == false)
          try Data(traffic).write(to: URL(filePath: "\(stack.data)/traffic-\(index)"))
        }
      }
    }
  }

  /// For root alone: no other user can read it (`ProcessProtectionTests`).
  private func memory(of stack: Stack) async throws {
    try await MemoryDump.take(of: try await stack.gateway, into: "\(stack.data)/gateway-core")
    try await MemoryDump.take(of: try await stack.agent, into: "\(stack.data)/agent-core")
    let known = Array("DEPLOY_KEY".utf8)
    #expect(try ByteSearch.found([known], in: "\(stack.data)/gateway-core") == [known])
  }

  private func withoutKeys(_ loot: Loot, _ valuables: Valuables) async throws {
    #expect(try Canary.found(valuables.all, in: loot.withoutKeys) == [valuables.context])
    let name = Array(valuables.variableName.utf8)
    #expect(try ByteSearch.found([name], in: loot.backup) == [name])
  }

  private func withKeys(_ loot: Loot, _ valuables: Valuables) async throws {
    for database in [loot.database, loot.backup] {
      let reading = try await loot.read(database)
      #expect(reading.counts.opened > 20 && reading.counts.closed == 0)
      #expect(
        try Canary.found(valuables.all, in: [reading.file])
          == valuables.encrypted.union([valuables.context]))
    }
  }

  /// The stolen gateway is started by the thief, with an operator, a worker and keys of the thief's
  /// own.
  private func asTheGateway(
    _ loot: Loot, _ victim: ValuableCustomer, open: String, sealed: String
  ) async throws {
    let valuables = victim.valuables
    let thief = SecretsCustomer(folder: "\(loot.folder)/thief")
    try FileManager.default.createDirectory(
      atPath: thief.folder, withIntermediateDirectories: false)
    let key = try await thief.makePoolKey("key")
    var environment = try thief.secrets(
      "  - {name: DEPLOY_KEY, sealed: \(valuables.context.value), jobs: every}")
    environment["SALLYPORT_WORKER_SECRETS_POOL_KEYS"] = key
    try await Stack.with(.gatewayOnly, environment: environment) { stack in
      try await stack.stop(try await stack.gateway)
      let gateway = "\(stack.data)/gateway"
      try await stack.mustRun(
        "find",
        [
          gateway, "-mindepth", "1", "-maxdepth", "1", "-not", "-name", "*port*", "-exec", "rm",
          "-r", "{}", "+",
        ])
      try await stack.mustRun(
        "find",
        [
          loot.folder, "-mindepth", "1", "-maxdepth", "1", "-not", "-name", "*port*", "-not",
          "-name", "thief", "-exec", "cp", "-a", "-t", gateway, "{}", "+",
        ])
      try await stack.startGatewayAgain()
      try await thief.mustSucceed(["pool", "resume", "builders"], at: stack)

      let log = try await stack.sallyport("job", "logs", open)
      #expect(log.text == "\(valuables.line.value)\nadded *** provided ***\n")
      let closed = try await stack.sallyport("job", "logs", sealed)
      #expect(closed.text.isEmpty && closed.errorText.contains("the log is sealed to key"))
      let wrong = try await stack.sallyport("job", "logs", "--identity", key, sealed)
      #expect(wrong.text.isEmpty && wrong.status != 0, "\(wrong.errorText)")

      try await stack.command("trust-root")
      try await stack.startNewWorker("thief")
      let context = ["--context", valuables.context.value]
      let variable = try await stack.submit(
        context, command: ["sh", "-c", "echo $\(valuables.variableName)"])
      #expect(
        variable.result.text == "\(valuables.variable.value)\n", "\(variable.result.errorText)")
      let secret = try await stack.submit(
        context + ["--secret", "DEPLOY_KEY"], command: ["sh", "-c", "echo $DEPLOY_KEY"])
      let reason = try #require(try await stack.show(secret.id).reason)
      #expect(reason.hasPrefix("no secret DEPLOY_KEY from its provider (sealed): "), "\(reason)")
      #expect(secret.result.text.isEmpty)
    }
  }
}
