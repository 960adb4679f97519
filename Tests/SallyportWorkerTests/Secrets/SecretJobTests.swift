import Foundation
import SallyportCore
import SallyportLedger
import SallyportPolicy
import SallyportProtos
import SallyportSecrets
import SallyportTestSupport
import SwiftProtobuf
import Synchronization
import Testing

@testable import SallyportWorker

/// Jobs that name secrets, on a worker that has them.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct SecretJobTests {
  private let worker: SecretsWorker

  init() throws { worker = try SecretsWorker() }

  @Test func aJobFindsItsSecretsAndNothingIsLeftOfThem() async throws {
    try worker.write("t0ken-t0ken\n", to: "token")
    try worker.write("line-one\nline-two\n", to: "key")
    let script = """
      echo "TOKEN is $TOKEN, the other $OTHER"; cat "$SALLYPORT_SECRETS_DIR/ssh/key" >&2
      printf %s "$TOKEN,$OTHER" > "$OUT/values"; cat "$SALLYPORT_SECRETS_DIR/ssh/key" > "$OUT/copy"
      printf %s "$SALLYPORT_SECRETS_DIR" > "$OUT/dir"
      stat -c %a "$SALLYPORT_SECRETS_DIR" "$SALLYPORT_SECRETS_DIR/ssh" \
        "$SALLYPORT_SECRETS_DIR/ssh/key" > "$OUT/modes"
      stat -f -c %T "$SALLYPORT_SECRETS_DIR" >> "$OUT/modes"
      tr '\\0' '\\n' < /proc/$PPID/environ > "$OUT/parent" || :
      echo more > "$SALLYPORT_SECRETS_DIR/ssh/mine"; ln -s /etc/hostname "$SALLYPORT_SECRETS_DIR/link"
      """
    try await worker.run([
      "name: TOKEN, file: token, jobs: every",
      "name: db, command: [printf, v4ult-v4ult], jobs: every",
      "name: key, file: key, jobs: every", "name: UNUSED, command: [touch, called], jobs: every",
    ]) { running in
      let spec = try worker.job(
        script, secrets: ["TOKEN", "db=as:OTHER", "key=file:ssh/key"], ref: "main")
      let request = try await worker.end(of: spec, in: running)
      #expect(request.outcome == .succeeded, "\(request.reason)")
      let told = try worker.told(request, in: running)
      #expect(told.contains("TOKEN is ***, the other ***"))
      #expect(told.contains("secrets: TOKEN, db=as:OTHER, key=file:ssh/key"))
      for value in ["t0ken-t0ken", "v4ult-v4ult", "line-one", "line-two"] {
        #expect(!told.contains(value))
      }
    }
    #expect(worker.read("values") == "t0ken-t0ken,v4ult-v4ult")
    #expect(worker.read("copy") == "line-one\nline-two\n")
    #expect(worker.read("modes") == "700\n700\n600\ntmpfs\n")
    #expect(worker.read("parent")?.contains("t0ken-t0ken") != true)
    let folder = try #require(worker.read("dir"))
    #expect(folder.hasPrefix("/dev/shm/") && !FileManager.default.fileExists(atPath: folder))
    let entry = try #require(worker.ledger.all(LedgerSecrets.self).first)
    #expect(entry.names == ["TOKEN", "db", "key"])
    #expect(entry.providers == ["file", "command", "file"])
    try expectNothingOnDisk("t0ken-t0ken", "v4ult-v4ult")
  }

  /// The journal, spools and everything else that a worker keeps.
  private func expectNothingOnDisk(_ values: String...) throws {
    for name in try FileManager.default.subpathsOfDirectory(atPath: worker.directory.path)
    where !["token", "key", "values", "copy", "secrets.yaml"].contains(name) {
      guard let data = FileManager.default.contents(atPath: worker.directory.file(name)) else {
        continue
      }
      for value in values {
        #expect(data.range(of: Data(value.utf8)) == nil, "\(value) is in \(name)")
      }
    }
  }

  struct BadProvider: Sendable, CustomTestStringConvertible {
    let entry: String
    let expected: String
    var secret = "A"
    var testDescription: String { expected }
  }

  /// Whatever a provider does, the job ends with a reason that names secret and provider, and nobody
  /// is told what it said. Each of them says CANARY-VALUE.
  @Test(arguments: [
    BadProvider(
      entry: #"command: [sh, -c, "echo CANARY-VALUE; sleep 1000"], timeout: 300ms"#,
      expected: "(command): its command did not end within 300ms"),
    BadProvider(
      entry: #"command: [sh, -c, "trap '' TERM; echo CANARY-VALUE; sleep 1000 & wait"], "#
        + "timeout: 300ms",
      expected: "(command): its command did not end within 300ms"),
    BadProvider(
      entry: #"command: [sh, -c, "echo CANARY-VALUE; echo no CANARY-VALUE >&2; exit 3"]"#,
      expected: "(command): its command ended with exit code 3"),
    BadProvider(
      entry: #"command: [sh, -c, "echo CANARY-VALUE; kill -9 $$"]"#,
      expected: "(command): its command ended with signal 9"),
    BadProvider(
      entry: #"command: [sh, -c, "yes CANARY-VALUE | head -c 10000000"]"#,
      expected: "(command): it gave more than 64KiB"),
    BadProvider(
      entry: #"command: [sh, -c, "yes CANARY-VALUE"], maximum-size: 10B"#,
      expected: "(command): it gave more than 10B"),
    BadProvider(
      entry: #"command: [sh, -c, "echo CANARY-VALUE; yes CANARY-VALUE >&2"], timeout: 500ms"#,
      expected: "(command): its command did not end within 500ms"),
    BadProvider(
      entry: "command: [/nonexistent/CANARY]",
      expected: "(command): cannot start /nonexistent/CANARY: No such file"),
    BadProvider(
      entry: "command: [no-such-program-anywhere]",
      expected: "(command): cannot run 'no-such-program-anywhere': No such file"),
    BadProvider(entry: #"command: ["true"]"#, expected: "(command): it is empty"),
    BadProvider(
      entry: #"command: [printf, 'CANARY-VALUE\000x']"#, expected: "(command): it contains a zero"),
    BadProvider(
      entry: #"command: [printf, 'CANARY-VALUE\377x']"#, expected: "(command): it is not UTF-8"),
    BadProvider(
      entry: "command: [echo, CANARY-VALUE], field: x",
      expected: "(command): its answer is not JSON"),
    BadProvider(
      entry: #"command: [echo, '{"y": "CANARY-VALUE"}'], field: x"#,
      expected: "(command): its answer has no field 'x'"),
    BadProvider(entry: "file: missing", expected: "(file): expected a file that only its owner"),
    BadProvider(entry: "file: open", expected: "(file): expected a file that only its owner"),
    BadProvider(entry: "file: pipe", expected: "(file): expected a file that only its owner"),
    BadProvider(entry: "file: long", expected: "(file): it gave more than 64KiB"),
    BadProvider(
      entry: "environment: SECRET_THAT_IS_NOT_THERE",
      expected: "(environment): the worker was started without the variable"),
  ]) func aProviderThatFailsEndsTheJob(bad: BadProvider) async throws {
    try worker.write("CANARY-VALUE", to: "open")
    chmod(worker.directory.file("open"), 0o644)
    try worker.write(String(repeating: "CANARY-VALUE", count: 1_000_000), to: "long")
    mkfifo(worker.directory.file("pipe"), 0o600)
    try await worker.run(["name: A, \(bad.entry), jobs: every"]) { running in
      let spec = try worker.job("touch $OUT/ran", secrets: [bad.secret])
      let request = try await worker.end(of: spec, in: running)
      #expect(request.outcome == .failed && !request.denied && !request.hasExitCode)
      #expect(
        request.reason.hasPrefix("no secret A from its provider \(bad.expected)"),
        "\(request.reason)")
      #expect(try !worker.told(request, in: running).contains("CANARY-VALUE"))
    }
    #expect(!worker.exists("ran"))
    #expect(worker.ledger.all(LedgerSecrets.self).isEmpty)
    let line = try #require(worker.log.lines.first { $0.contains("secret not provided") })
    #expect(line.contains("secrets=A") && line.contains("provider="))
  }

  @Test func whatAProviderComplainedAboutIsInTheWorkersLogWithoutTheValue() async throws {
    let script = "echo CANARY-VALUE; echo 'no access with CANARY-VALUE' >&2; exit 1"
    try await worker.run([#"name: A, command: [sh, -c, "\#(script)"], jobs: every"#]) { running in
      let spec = try worker.job("true", secrets: ["A"])
      let request = try await worker.end(of: spec, in: running)
      #expect(!request.reason.contains("access"))
    }
    let line = try #require(worker.log.lines.first { $0.contains("secret provider complained") })
    #expect(line.contains("no access with ***"), "\(line)")
  }

  /// Before anything that the job prints, by name, and without the value.
  @Test func whatCannotBeMaskedIsSaidWhenTheJobBegins() async throws {
    try worker.write("~7~\n", to: "short")
    try worker.write("Password\n", to: "common")
    try worker.write("t0ken-t0ken\n", to: "token")
    try await worker.run([
      "name: PIN, file: short, jobs: every", "name: WORD, file: common, jobs: every",
      "name: TOKEN, file: token, jobs: every",
    ]) { running in
      let attempt = AttemptID(job: .random(), epoch: 1)
      let spec = try worker.job("echo begun", secrets: ["PIN", "WORD", "TOKEN"])
      worker.offer(spec, attempt, in: running)
      let request = try await worker.end(of: attempt, in: running)
      #expect(request.outcome == .succeeded, "\(request.reason)")
      let lines = try running.gateway.log(of: attempt).map {
        String(decoding: $0.payload, as: UTF8.self)
      }
      let begun = try #require(lines.firstIndex { $0.contains("begun") })
      #expect(
        lines[..<begun].filter { $0.contains("not masked") } == [
          "secret PIN is not masked: it is shorter than 4 bytes\n",
          "secret WORD is not masked: it is a word that output contains anyway\n",
        ])
      let told = try worker.told(request, in: running)
      #expect(!told.contains("~7~") && !told.contains("Password"))
      #expect(!told.contains("TOKEN is not masked"))
    }
  }

  @Test func severalSecretsOfOneSourceAreOneCall() async throws {
    let script = #"echo x >> $OUT/calls; echo '{\"a\": \"1\", \"b\": {\"c\": \"2\"}}'"#
    try await worker.run([
      #"fields: {A: a, B: b.c, C: c}, command: [sh, -c, "\#(script)"], "#
        + "variables: {OUT: \(worker.directory.path)}, jobs: every"
    ]) { running in
      let spec = try worker.job("printf %s $A$B > $OUT/values", secrets: ["A", "B"])
      let request = try await worker.end(of: spec, in: running)
      #expect(request.outcome == .succeeded, "\(request.reason)")
    }
    #expect(worker.read("calls") == "x\n" && worker.read("values") == "12")
  }

  /// A provider sees nothing of the worker's environment.
  @Test func aProviderHasAnEnvironmentOfItsOwn() async throws {
    setenv("WORKERS_OWN", "1", 1)
    try await worker.run([
      "name: A, command: [env], variables: {VAULT_ADDR: x, LANG: C}, jobs: every"
    ]) { running in
      let spec = try worker.job("printf %s \"$A\" > $OUT/values", secrets: ["A"])
      _ = try await worker.end(of: spec, in: running)
    }
    let variables = try #require(worker.read("values")).split(separator: "\n")
    let names = Set(variables.compactMap { $0.split(separator: "=").first })
    #expect(names == ["PATH", "HOME", "LANG", "VAULT_ADDR", "SALLYPORT_JOB_ID", "SALLYPORT_EPOCH"])
    #expect(variables.contains("LANG=C"))
  }

  /// The cancellation comes while the provider runs; both it and what it started are gone then.
  @Test func aJobIsCancelledWhileAProviderRuns() async throws {
    let script = "sleep 1000 & echo $! > $OUT/child; echo $$ > $OUT/pid; wait"
    try await worker.run([
      #"name: A, command: [sh, -c, "\#(script)"], variables: {OUT: \#(worker.directory.path)}, "#
        + "timeout: 10m, jobs: every"
    ]) { running in
      let attempt = AttemptID(job: .random(), epoch: 1)
      worker.offer(try worker.job("touch $OUT/ran", secrets: ["A"]), attempt, in: running)
      while worker.read("pid")?.hasSuffix("\n") != true {
        try await Task.sleep(for: .milliseconds(5))
      }
      running.gateway.send {
        $0.cancel.attempt = attempt.message
        $0.cancel.reason = "no longer needed"
      }
      let request = try await worker.end(of: attempt, in: running)
      #expect(request.outcome == .cancelled && request.reason == "no longer needed")
      for name in ["pid", "child"] {
        let pid = try #require(Int32(worker.read(name)?.filter(\.isNumber) ?? ""))
        #expect(ProcessStatus(of: pid)?.isZombie ?? true)
      }
    }
    #expect(!worker.exists("ran"))
  }

  @Test func aJobThatMayNotHaveASecretIsDeniedBeforeAnythingHappens() async throws {
    let asked =
      "variables: {OUT: \(worker.directory.path)}, command: [sh, -c, \"touch $OUT/asked\"]"
    let entries = [
      "name: A, \(asked), jobs: []", "name: B, \(asked), jobs: [{commands: [[make]]}]",
      "name: C, \(asked), jobs: [{signed: true}]",
      "name: D, \(asked), jobs: [{repositories: [team/other]}, {refs: [refs/heads/x]}]",
    ]
    try await worker.run(entries) { running in
      for name in ["A", "B", "C", "D", "NONE"] {
        let spec = try worker.job("touch $OUT/ran", secrets: [name], ref: "main")
        let request = try await worker.end(of: spec, in: running)
        #expect(request.outcome == .failed && request.denied)
        #expect(
          request.reason == "denied by customer policy: secrets "
            + "(the secret \(name) is not available to this job here)")
      }
    }
    #expect(!worker.exists("ran") && !worker.exists("asked"))
    #expect(worker.checkouts.requests.withLock { $0.isEmpty })
    let lines = worker.log.lines.filter { $0.contains("job denied") }
    #expect(lines.count == 5 && lines[4].contains("no such secret"))
    #expect(lines[0].contains("no condition of its 'jobs' holds: line 3"), "\(lines[0])")
  }

  @Test func withoutASecretsFileNobodyGetsAny() async throws {
    try await worker.run([], configure: { $0.admission.secrets = nil }) { running in
      let request = try await worker.end(of: worker.job("true", secrets: ["A"]), in: running)
      #expect(request.denied && request.reason.contains("the secret A is not available"))
    }
  }

  /// `main` may be a branch or a tag: what is checked out is what may have the secrets.
  @Test func aShortRefBecomesTheOneThatMayHaveThem() async throws {
    try worker.write("x", to: "token")
    try await worker.run([
      "name: A, file: token, jobs: [{refs: [refs/heads/*]}]",
      "name: B, file: token, jobs: [{refs: [\"refs/tags/v*\"]}]",
      "name: C, file: token, jobs: every",
    ]) { running in
      for (secrets, ref, expected) in [
        (["A", "C"], "main", "refs/heads/main"), (["B"], "v1", "refs/tags/v1"),
        (["C"], "main", "main"),
      ] {
        let spec = try worker.job("true", secrets: secrets, ref: ref)
        let request = try await worker.end(of: spec, in: running)
        #expect(request.outcome == .succeeded, "\(request.reason)")
        #expect(worker.checkouts.requests.withLock { $0.last?.ref } == expected)
      }
      let both = try worker.job("true", secrets: ["A", "B"], ref: "v1")
      let request = try await worker.end(of: both, in: running)
      #expect(request.denied && request.reason.contains("not available together"))
    }
  }

  /// The variable in which a submitter wants a secret is one that the policy decides about.
  @Test func aPolicyDecidesAboutTheVariableToo() async throws {
    try worker.write("x", to: "token")
    let policy = try AdmissionPolicy(
      parsing: Array(
        """
        version: 1
        rules:
          - {name: loader, action: deny, environment: {any: ["LD_*"]}}
          - {name: all, action: allow, secrets: {only: [A]}}
        """.utf8), path: "policy.yaml", for: .worker)
    try await worker.run(
      ["name: A, file: token, jobs: every", "name: B, file: token, jobs: every"],
      configure: { $0.admission.policy = PolicySource(policy) }
    ) { running in
      for (secret, rule) in [("A=as:LD_PRELOAD", "loader"), ("B", "default"), ("A", nil)] {
        let request = try await worker.end(
          of: worker.job("true", secrets: [secret]), in: running)
        #expect(request.denied == (rule != nil))
        if let rule { #expect(request.reason == "denied by customer policy: \(rule)") }
      }
    }
  }

  @Test func anInvalidDeliveryIsDenied() async throws {
    try worker.write("x", to: "token")
    try await worker.run(["name: A, file: token, jobs: every"]) { running in
      for change in [
        { $0.secrets[0].environment = "SALLYPORT_JOB_ID" }, { $0.secrets[0].file = "../x" },
        { $0.secrets[0].delivery = nil }, { $0.secrets.append($0.secrets[0]) },
        { $0.environment["A"] = "" },
      ] as [(inout Sallyport_Worker_V1_JobSpec) -> Void] {
        var spec = try worker.job("touch $OUT/ran", secrets: ["A"])
        change(&spec)
        let request = try await worker.end(of: spec, in: running)
        #expect(request.denied && request.reason == "denied by customer policy: invalid")
      }
    }
    #expect(!worker.exists("ran"))
  }

  @Test func secretsOfTheEnvironmentAreTakenOutOfIt() async throws {
    setenv("SECRET_FOR_A_TEST", "fr0m-env", 1)
    try await worker.run(
      ["name: A, environment: SECRET_FOR_A_TEST, jobs: every"],
      configure: { $0.takeSecretVariables() }
    ) { running in
      #expect(getenv("SECRET_FOR_A_TEST").map { String(cString: $0) } == "")
      for _ in 0..<2 {
        let request = try await worker.end(
          of: worker.job("printf %s $A >> $OUT/values", secrets: ["A"]), in: running)
        #expect(request.outcome == .succeeded, "\(request.reason)")
        await running.worker.reloadSecrets()
      }
    }
    #expect(worker.read("values") == "fr0m-envfr0m-env")
  }

  @Test func aReloadCountsFromTheNextJobOn() async throws {
    try await worker.run(["name: A, command: [echo, 1], jobs: []"]) { running in
      let spec = try worker.job("printf %s $A > $OUT/values", secrets: ["A"])
      #expect(try await worker.end(of: spec, in: running).denied)
      try worker.write("version: 1\nsecrets: [{name: A, jobs: every}]", to: "secrets.yaml")
      await running.worker.reloadSecrets()
      #expect(try await worker.end(of: spec, in: running).denied)
      try worker.write(
        "version: 1\nsecrets: [{name: A, command: [echo, 2], jobs: every}]", to: "secrets.yaml")
      await running.worker.reloadSecrets()
      #expect(try await worker.end(of: spec, in: running).outcome == .succeeded)
    }
    #expect(worker.read("values") == "2")
    let line = try #require(worker.log.lines.first { $0.contains("secrets file not reloaded") })
    #expect(line.contains("secrets.yaml:2:"))
  }
}
