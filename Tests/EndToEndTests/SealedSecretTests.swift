import FoundationEssentials
import Testing

/// Secrets that the gateway keeps and cannot read, and what is kept beside them, through real
/// processes.
@Suite(.serialized, .timeLimit(.minutes(5))) struct SealedSecretTests {
  private static func canary() -> String { "CANARY-\(UInt64.random(in: .min ... .max))" }

  /// Has what the job's variable holds written to a file of the customer's.
  private static func reveal(_ variable: String, to file: String) -> [String] {
    ["sh", "-c", "printf %s \"$\(variable)\" > \(file)"]
  }

  private static let use = ["--context", "release", "--secret", "DEPLOY_KEY"]

  /// A stack whose workers open what is sealed to `keys`, and a context.
  private static func with(
    keys: [String], customer: SecretsCustomer,
    _ body: @escaping @Sendable (Stack) async throws -> Void
  ) async throws {
    var environment = try customer.secrets(
      """
        - {name: DEPLOY_KEY, sealed: release, jobs: every}
        - {name: OTHER_KEY, sealed: release, jobs: every}
      """)
    environment["SALLYPORT_WORKER_SECRETS_POOL_KEYS"] = keys.joined(separator: ",")
    try await Stack.with(environment: environment, store: .plain) { stack in
      try await customer.mustSucceed(["context", "create", "release"], at: stack)
      try await body(stack)
    }
  }

  /// Runs statements on the gateway's database, as its vendor can.
  private static func tamper(_ stack: Stack, _ script: String, _ argument: String = "") async throws
  {
    let result = try await stack.executables.run(
      "/usr/bin/python3",
      [
        "-c",
        """
        import base64, sqlite3, sys
        database = sqlite3.connect(sys.argv[1], timeout=30)
        \(script)
        database.commit()
        """, "\(stack.data)/gateway/gateway.db", argument,
      ])
    try #require(result.status == 0, "\(result.errorText)")
  }

  /// Set, replaced, used, removed, set again: neither the gateway's memory nor any file or log on the
  /// way holds a value.
  @Test func aSecretGoesFromItsOwnerToTheJobAndNobodyBetweenCanReadIt() async throws {
    try await SecretsCustomer.with { customer in
      let key = try await customer.makePoolKey("pool-key")
      try await Self.with(keys: [key], customer: customer) { stack in
        try await customer.publish(key, at: stack)
        let canaries = [Self.canary(), Self.canary()]
        let out = "\(customer.folder)/out"
        for (index, value) in canaries.enumerated() {
          let stored = try await customer.set(value, at: stack)
          #expect(stored.status == 0, "\(stored.errorText)")
          #expect(
            try await customer.listed(at: stack) == [.init(name: "DEPLOY_KEY", version: index + 1)])
          let job = try await stack.submit(Self.use, command: Self.reveal("DEPLOY_KEY", to: out))
          #expect(job.result.status == 0, "\(job.result.errorText)")
          #expect(try String(contentsOfFile: out, encoding: .utf8) == value)
        }
        let dump = "\(stack.data)/gateway-core"
        try await MemoryDump.take(of: try await stack.gateway, into: dump)
        let needles = canaries.map { Array($0.utf8) }
        #expect(try ByteSearch.files(below: stack.data, containing: needles) == [])
        // The search finds what is there.
        let known = Array("DEPLOY_KEY".utf8)
        #expect(try ByteSearch.found([known], in: dump) == [known])
        #expect(
          try !ByteSearch.files(below: "\(stack.data)/gateway", containing: [known]).isEmpty)

        try await customer.mustSucceed(
          ["secret", "rm", "DEPLOY_KEY", "--context", "release", "--pool", "builders"], at: stack)
        #expect(try await customer.listed(at: stack).isEmpty)
        let job = try await stack.submit(Self.use, command: ["touch", "\(out)-removed"])
        #expect(
          try await stack.show(job.id).reason?.hasPrefix(
            "no secret DEPLOY_KEY from its provider (sealed): none is stored") == true)
        #expect(!FileManager.default.fileExists(atPath: "\(out)-removed"))
        let again = try await customer.set(canaries[0], at: stack)
        #expect(again.status == 0, "\(again.errorText)")
        #expect(try await customer.listed(at: stack).map(\.version) == [3])
      }
    }
  }

  @Test func aValueIsAskedForWithoutEcho() async throws {
    try await SecretsCustomer.with { customer in
      let key = try await customer.makePoolKey("pool-key")
      try await Self.with(keys: [key], customer: customer) { stack in
        try await customer.publish(key, at: stack)
        let canary = Self.canary()
        #expect(try await customer.type("\(canary)\n", at: stack) == "0 False True False\n")
        let out = "\(customer.folder)/out"
        _ = try await stack.submit(Self.use, command: Self.reveal("DEPLOY_KEY", to: out))
        #expect(try String(contentsOfFile: out, encoding: .utf8) == canary)
        // Ctrl-C: nothing is set, and the terminal echoes again.
        #expect(try await customer.type("\u{3}", at: stack) == "1 False True False\n")
        #expect(try await customer.listed(at: stack).map(\.version) == [1])
      }
    }
  }

  /// The vendor puts a key of its own in the place of the pool's: nothing is sealed to it, and nothing
  /// is sent.
  @Test func aGatewayThatPutsInItsOwnKeyIsRefused() async throws {
    try await SecretsCustomer.with { customer in
      let key = try await customer.makePoolKey("pool-key")
      let vendor = try await customer.makePoolKey("vendor")
      try await Self.with(keys: [key], customer: customer) { stack in
        try await customer.publish(key, at: stack)
        let root = "\(customer.folder)/vendor-root"
        try await customer.mustSucceed(
          ["trust", "init", "--trust-domain", "git.example.com", "--dir", root], at: stack)
        try await customer.certify(vendor, of: stack, with: root)
        try await Self.tamper(
          stack,
          """
          text = "".join(open(sys.argv[2]).read().split("\\n")[1:-2])
          changed = database.execute(
              "UPDATE pool_key SET certificate = ?", (base64.b64decode(text),))
          assert changed.rowcount == 1
          """, "\(vendor).pem")
        let refused = try await customer.set(Self.canary(), at: stack)
        #expect(refused.status == 77)
        #expect(refused.errorText.contains("not certified by your trust root"))
        #expect(try await customer.listed(at: stack).isEmpty)
        #expect(try await stack.auditRecords().allSatisfy { $0.action != "secret.set" })
      }
    }
  }

  /// A new pool key: what is sealed is sealed again from the customer's own files, and the old key
  /// opens nothing any more.
  @Test func rotationNeedsNothingOfTheVendor() async throws {
    try await SecretsCustomer.with { customer in
      let old = try await customer.makePoolKey("old")
      let new = try await customer.makePoolKey("new")
      try await Self.with(keys: [new, old], customer: customer) { stack in
        let canary = Self.canary()
        let out = "\(customer.folder)/out"
        let command = Self.reveal("DEPLOY_KEY", to: out)
        try await customer.publish(old, at: stack)
        try #require(try await customer.set(canary, at: stack).status == 0)

        try await customer.publish(new, at: stack)
        let before = try await stack.submit(Self.use, command: command)
        #expect(before.result.status == 0, "\(before.result.errorText)")
        let values = "\(customer.folder)/values"
        try FileManager.default.createDirectory(
          atPath: values, withIntermediateDirectories: false)
        try customer.write(canary, to: "values/DEPLOY_KEY")
        try await customer.mustSucceed(
          [
            "secret", "reseal", "--context", "release", "--pool", "builders", "--from-dir", values,
            "--trust-root", "\(stack.data)/trust-root/root.pem",
          ], at: stack)
        #expect(try await customer.listed(at: stack).map(\.version) == [2])

        // The worker's list of keys stays; the old one's file has another key now.
        let unrelated = try String(
          contentsOfFile: try await customer.makePoolKey("unrelated"), encoding: .utf8)
        try customer.write(unrelated, to: "old")
        try await stack.stop(try await stack.worker())
        try await stack.startWorkerAgain("worker-1")
        try FileManager.default.removeItem(atPath: out)
        let after = try await stack.submit(Self.use, command: command)
        #expect(after.result.status == 0, "\(after.result.errorText)")
        #expect(try String(contentsOfFile: out, encoding: .utf8) == canary)
        #expect(
          try ByteSearch.files(below: stack.data, containing: [Array(canary.utf8)]) == [])
      }
    }
  }

  /// The vendor hands out one secret as another: the job does not begin.
  @Test func whatIsSealedOpensAsNothingElse() async throws {
    try await SecretsCustomer.with { customer in
      let key = try await customer.makePoolKey("pool-key")
      try await Self.with(keys: [key], customer: customer) { stack in
        try await customer.publish(key, at: stack)
        let canary = Self.canary()
        try #require(try await customer.set(canary, at: stack).status == 0)
        try await Self.tamper(
          stack, #"database.execute("UPDATE sealed_secret SET name = 'OTHER_KEY'")"#)
        let out = "\(customer.folder)/out"
        let job = try await stack.submit(
          ["--context", "release", "--secret", "OTHER_KEY"],
          command: Self.reveal("OTHER_KEY", to: out))
        let reason = try #require(try await stack.show(job.id).reason)
        #expect(reason.contains("is not what was sealed for pool 'builders'"))
        #expect(!reason.contains(canary) && !job.result.errorText.contains(canary))
        #expect(!FileManager.default.fileExists(atPath: out))
      }
    }
  }

  /// Job, its contexts in their order, the pool's in theirs.
  @Test func whatIsNearerToTheJobCounts() async throws {
    try await SecretsCustomer.with { customer in
      try await Stack.with { stack in
        for context in ["release", "team", "base"] {
          try await customer.mustSucceed(["context", "create", context], at: stack)
          for name in ["A", "B", "C", "D"].prefix(context == "release" ? 2 : 4) {
            let file = try customer.write("\(context)\n", to: "value")
            try await customer.mustSucceed(
              ["variable", "set", name, "--context", context, "--from-file", file], at: stack)
          }
        }
        for context in ["team", "base"] {
          try await customer.mustSucceed(
            ["context", "attach", context, "--pool", "builders"], at: stack)
        }
        try await customer.mustSucceed(
          ["variable", "rm", "D", "--context", "team"], at: stack)
        let job = try await stack.submit(
          ["--context", "release", "--env", "A=job"], command: ["sh", "-c", "echo $A $B $C $D"])
        #expect(job.result.text == "job release team base\n", "\(job.result.errorText)")
        let missing = try await stack.sallyport(
          ["job", "submit", "--pool", "builders", "--context", "nowhere", "--", "true"])
        #expect(missing.status == 77 && missing.errorText.contains("nowhere"))
      }
    }
  }
}
