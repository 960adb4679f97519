import FoundationEssentials
import Testing

/// A customer that has its valuables with a stack, and the keys for what is sealed.
struct ValuableCustomer: Sendable {
  let customer: SecretsCustomer
  let valuables = Valuables()
  let poolKey: String
  let reader: String
  let environment: [String: String]

  init(_ customer: SecretsCustomer) async throws {
    self.customer = customer
    poolKey = try await customer.makePoolKey("pool-key")
    reader = try await customer.makePoolKey("reader")
    try customer.write(valuables.providedSecret.value, to: "provided")
    try customer.write(valuables.sealedLine.value + "\n", to: "sealed-line")
    try customer.write(valuables.line.value + "\n", to: "line")
    try customer.write(valuables.addedMask.value, to: "added-mask")
    var environment = try customer.secrets(
      """
        - {name: DEPLOY_KEY, sealed: \(valuables.context.value), jobs: every}
        - {name: PROVIDED, file: provided, jobs: every}
      """)
    environment["SALLYPORT_WORKER_SECRETS_POOL_KEYS"] = poolKey
    self.environment = environment
  }

  /// A context with a sealed secret and a variable.
  func fillContext(at stack: Stack) async throws {
    let context = valuables.context.value
    try await customer.mustSucceed(["context", "create", context], at: stack)
    try await customer.publish(poolKey, at: stack)
    let stored = try await customer.set(
      valuables.sealedSecret.value, in: context, at: stack)
    try #require(stored.status == 0, "\(stored.errorText)")
    let file = try customer.write(valuables.variable.value, to: "value")
    try await customer.mustSucceed(
      ["variable", "set", valuables.variableName, "--context", context, "--from-file", file],
      at: stack)
  }

  /// Runs a job whose log the gateway can read.
  ///
  /// - Returns: Its id.
  func runOpenJob(at stack: Stack) async throws -> String {
    let script = """
      cat '\(customer.folder)/line'
      echo "::add-mask::$(cat '\(customer.folder)/added-mask')"
      echo "added $(cat '\(customer.folder)/added-mask') provided $PROVIDED"
      """
    let job = try await stack.submit(
      [
        "--context", valuables.context.value, "--secret", "PROVIDED", "--env",
        "JOB_VARIABLE=\(valuables.jobVariable.value)", "--idempotency-key",
        valuables.idempotencyKey.value,
      ], command: ["sh", "-c", script, valuables.argument.value])
    #expect(
      job.result.text == "\(valuables.line.value)\nadded *** provided ***\n",
      "\(job.result.errorText)")
    return job.id
  }

  /// The stack's worker seals its logs from now on.
  func sealLogs(of stack: Stack) async throws {
    let file = URL(filePath: "\(stack.data)/worker-1.yaml")
    try await stack.stop(try await stack.worker())
    var text = try String(contentsOf: file, encoding: .utf8)
    text += "logs:\n  seal-to: [\"\(reader).pub\"]\n"
    try Data(text.utf8).write(to: file)
    try await stack.startWorkerAgain("worker-1")
  }

  /// Runs a job with both secrets, and `body` while it runs and its log is being followed.
  func runSealedJob(
    at stack: Stack, _ body: (_ job: String) async throws -> Void
  ) async throws {
    let out = "\(customer.folder)/out"
    let go = try Signal(in: stack.data)
    let script = """
      printf '%s %s' "$DEPLOY_KEY" "$PROVIDED" > '\(out)'
      cat '\(customer.folder)/sealed-line'; cat '\(go.path)'
      """
    let job = try await stack.submitWithoutFollowing(
      [
        "--context", valuables.context.value, "--secret", "DEPLOY_KEY", "--secret", "PROVIDED",
      ], command: ["sh", "-c", script])
    #expect(try await stack.firstLine(of: job, identity: reader) == valuables.sealedLine.value)
    #expect(
      try String(contentsOfFile: out, encoding: .utf8)
        == "\(valuables.sealedSecret.value) \(valuables.providedSecret.value)")
    try await body(job)
    _ = try await stack.executables.run("/bin/sh", ["-c", "echo go > \(go.path)"])
    let log = try await stack.sallyport("job", "logs", "-f", "--identity", reader, job)
    #expect(log.text == "\(valuables.sealedLine.value)\ngo\n", "\(log.errorText)")
  }
}
