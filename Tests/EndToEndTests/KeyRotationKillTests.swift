import FoundationEssentials
import Testing

/// Keys of the store are rotated while the gateway serves, and what rotates them is killed at each of
/// the points at which it makes something durable; the gateway is, too.
@Suite(.serialized, .timeLimit(.minutes(6))) struct KeyRotationKillTests {
  private static let canary = Canary()

  private func makeJob(_ stack: Stack) async throws -> String {
    let job = try await stack.submit(
      ["--env", "CANARY=\(Self.canary.value)"], command: ["sh", "-c", "echo $CANARY"])
    #expect(job.result.text == "\(Self.canary.value)\n", "\(job.result.errorText)")
    return job.id
  }

  private func expectReadable(_ job: String, at stack: Stack) async throws {
    let log = try await stack.sallyport("job", "logs", job)
    #expect(log.text == "\(Self.canary.value)\n", "\(log.errorText)")
  }

  /// A thief with a database and keys that do not fit opens nothing.
  private func expectUseless(_ reading: Loot.Reading) throws {
    #expect(reading.counts.opened == 0 && reading.counts.closed > 20)
    #expect(try Canary.found([Self.canary], in: [reading.file]) == [])
  }

  private func expectUseful(_ reading: Loot.Reading) throws {
    #expect(reading.counts.opened > 20 && reading.counts.closed == 0)
    #expect(try Canary.found([Self.canary], in: [reading.file]) == [Self.canary])
  }

  @Test func aTenantsKeyUnderLoad() async throws {
    try await TemporaryFolder.with { folder in
      try await Stack.with { stack in
        let keeper = StoreKeeper(stack: stack)
        let job = try await makeJob(stack)
        let before = try await Loot.take(from: stack, to: "\(folder)/before")
        try expectUseful(try await before.read(before.database))
        var kills = 0
        var point = 1
        let load = try await GatewayLoad.during(
          stack, reading: job, "\(Self.canary.value)\n"
        ) {
          while try await keeper.keysKilled(atSync: point, "rotate-tenant", "acme") {
            kills += 1
            try await expectReadable(job, at: stack)
            try #require(kills < 100)
            // Killed when all was done, as it closed the database: another would be the next one.
            if try await keeper.keys("status").text.contains("acme  key 2\n") { break }
            // Each time from where the last one was killed, and a little further.
            point += kills.isMultiple(of: 4) ? 1 : 0
          }
        }
        #expect(kills >= 8, "killed \(kills) times")
        #expect(load.jobs > 0 && load.reads > 0)
        #expect(try await keeper.keys("status").text.contains("acme  key 2\n"))

        // In the middle of the next one, the gateway is killed as well.
        #expect(try await keeper.keysKilled(atSync: 3, "rotate-tenant", "acme"))
        #expect(try await keeper.keys("status").text.contains("moving from key 2"))
        try await stack.kill(try await stack.gateway)
        try await stack.startGatewayAgain()
        try await expectReadable(job, at: stack)
        _ = try await makeJob(stack)
        let rotated = try await keeper.keys("rotate-tenant", "acme")
        #expect(rotated.text.hasSuffix("acme  key 3\n"), "\(rotated.errorText)")
        try await expectReadable(job, at: stack)
        let after = try await Loot.take(from: stack, to: "\(folder)/after")
        try expectUseful(try await after.read(after.database))
        try expectUseless(
          try await after.read(after.database, tenants: "\(before.folder)/tenant-keys"))
        // Nor are the old keys in anything that is left, for who has an old database.
        try expectUseless(
          try await before.read(before.database, tenants: "\(after.folder)/tenant-keys"))
      }
    }
  }

  private static let masters = [
    "file: new-master.key", "environment: STACK_MASTER_KEY",
    "command: {name: other, wrap: [base64], unwrap: [base64, -d]}",
  ]

  @Test(arguments: masters) func theMasterKeyUnderLoad(new: String) async throws {
    let key = try await Executables().run("/usr/bin/openssl", ["rand", "-base64", "32"])
    let variables = ["STACK_MASTER_KEY": key.text.filter { !$0.isNewline }]
    try await TemporaryFolder.with { folder in
      try await Stack.with(environment: variables) { stack in
        let keeper = StoreKeeper(stack: stack, environment: variables)
        let job = try await makeJob(stack)
        for number in 1...4 { _ = try await stack.makeTenant("tenant-\(number)") }
        let without = try await keeper.keys("rotate-master")
        #expect(without.status == 78 && without.errorText.contains("store.new-master-key"))
        let made = try await stack.executables.run(
          "/bin/sh",
          ["-c", "umask 077; printf %s '\(key.text)' >'\(stack.data)/gateway/new-master.key'"])
        try #require(made.status == 0)
        try keeper.configure("  new-master-key:\n    \(new)\n")

        var (kills, status) = (0, "")
        let load = try await GatewayLoad.during(
          stack, reading: job, "\(Self.canary.value)\n"
        ) {
          // Until some are wrapped by the one and some by the other.
          while try await keeper.keysKilled(atSync: kills + 1, "rotate-master") {
            kills += 1
            try await expectReadable(job, at: stack)
            status = try await keeper.keys("status").text
            if status.contains("wrapped by the new master key") { break }
            try #require(kills < 50)
          }
        }
        #expect(load.jobs > 0 && load.reads > 0)
        #expect(kills > 0 && status.contains("the new master key\n"), "\(status)")
        #expect(status.contains("key 1\n"), "\(status)")
        // A gateway that starts now opens all.
        try await stack.kill(try await stack.gateway)
        try await stack.startGatewayAgain()
        try await expectReadable(job, at: stack)
        _ = try await makeJob(stack)

        let wrapped = try await keeper.keys("rotate-master")
        #expect(wrapped.status == 0 && wrapped.text.contains("5 of 5"), "\(wrapped.errorText)")
        try keeper.useNewMasterKey()
        try await stack.stop(try await stack.gateway)
        try await stack.startGatewayAgain()
        try await expectReadable(job, at: stack)
        _ = try await makeJob(stack)
        status = try await keeper.keys("status").text
        #expect(status.contains("acme  key 1\n") && !status.contains("another"), "\(status)")
        // Nothing that is left is wrapped by the old one, nor by both.
        let after = try await Loot.take(from: stack, to: "\(folder)/after")
        try expectUseless(try await after.read(after.database))
        if new.hasPrefix("file") {
          try expectUseful(
            try await after.read(
              after.database, master: "\(after.folder)/new-master.key"))
        }
      }
    }
  }
}
