import FoundationEssentials
import Glibc
import Testing

/// What the second job of a worker can find of the first one's secrets: nothing, also where the worker
/// was killed in the middle. What a job leaves in places of its own choice, such as `/tmp`, is not
/// looked for: docs/threat-model.md has it among what remains.
@Suite(.serialized, .timeLimit(.minutes(5))) struct SecretRemainsTests {
  /// Uses its secrets as jobs do: in files of its workspace, home and temporary folder, in git's
  /// configuration, in a process that goes its own way with a deleted file, in keyrings.
  private static let use = """
    cp "$SALLYPORT_SECRETS_DIR/key" checkout-copy
    cp "$SALLYPORT_SECRETS_DIR/key" "$HOME/.netrc"
    cp "$SALLYPORT_SECRETS_DIR/key" "$TMPDIR/kept"
    cp "$SALLYPORT_SECRETS_DIR/key" "$TMPDIR/copy"
    git config --global http.extraHeader "Authorization: $TOKEN"
    (exec 9< "$TMPDIR/copy"; rm "$TMPDIR/copy"; exec setsid sleep 1000 >/dev/null 2>&1 <&9) &
    python3 -c "$KEYRINGS" plant
    """

  /// Everything that a job of the same user can reach. Itself not named in what it looks for.
  private static let look = """
    needle=$(printf %s%s CANARY- "$NEEDLE")
    grep -rlaF -- "$needle" "$PWD/.." /dev/shm "$STATE" 2>/dev/null
    for process in /proc/[0-9]*; do
      [ "$process" = "/proc/$$" ] && continue
      grep -qaF -- "$needle" "$process/environ" 2>/dev/null && echo "environment $process"
      grep -qaF -- "$needle" "$process/cmdline" 2>/dev/null && echo "arguments $process"
      for file in "$process"/fd/*; do
        case $(readlink "$file") in *' (deleted)') ;; *) continue ;; esac
        [ -f "$file" ] || continue
        grep -qaF -- "$needle" "$file" 2>/dev/null && echo "open $file $(readlink "$file")"
      done
    done
    git config --list | grep -F -- "$needle" | sed 's/^/git /'
    python3 -c "$KEYRINGS" look
    exit 0
    """

  @Test(arguments: [false, true]) func theSecondJobFindsNothingOfTheFirst(
    killed: Bool
  ) async throws {
    let needle = String(UInt64.random(in: .min ... .max))
    try await SecretsCustomer.with { customer in
      try customer.write("CANARY-\(needle)\n", to: "value")
      let environment = try customer.secrets(
        "  - {name: TOKEN, file: value, jobs: every}\n  - {name: key, file: value, jobs: every}")
      try await Stack.with(environment: environment) { stack in
        let rings = try await Keyrings.usable(stack.executables)
        let used = try Signal(in: stack.data)
        let options = ["--secret", "TOKEN", "--secret", "key=file:key"] + rings.options
        let script = #"sh -ec "$1"; echo "$? $SALLYPORT_SECRETS_DIR" > \#(used.path)"#
        let job = try await stack.submitWithoutFollowing(
          options,
          command: ["sh", "-c", script + (killed ? "; sleep 1000" : ""), "sh", Self.use])
        let said = try await used.received(using: stack.executables).filter { !$0.isNewline }
        #expect(said.hasPrefix("0 /dev/shm/"))
        let folder = String(said.dropFirst(2))
        if killed {
          #expect(FileManager.default.fileExists(atPath: "\(folder)/key"))
          try await stack.kill(try await stack.worker())
          try await stack.startWorkerAgain("worker-1")
        } else {
          _ = try await stack.sallyport("job", "logs", "--follow", job)
        }
        let found = try await stack.submit(
          ["--env", "NEEDLE=\(needle)", "--env", "STATE=\(stack.data)/worker-1"] + rings.options,
          command: ["sh", "-c", Self.look])
        #expect(found.result.status == 0, "\(found.result.errorText)")
        #expect(found.result.text == "", "killed: \(killed)")
        #expect(found.result.errorText.contains("Traceback") == false)
        #expect(!FileManager.default.fileExists(atPath: folder))
      }
    }
  }

  /// Killed in the middle of asking for a secret.
  @Test func aProviderEndsWithItsWorker() async throws {
    try await SecretsCustomer.with { customer in
      let asked = try Signal(in: customer.folder)
      let environment = try customer.secrets(
        """
          - name: TOKEN
            command: [sh, -c, "echo asked > \(asked.path); sleep 1000"]
            timeout: 10m
            jobs: every
        """)
      try await Stack.with(environment: environment) { stack in
        let ran = "\(customer.folder)/ran"
        let job = try await stack.submitWithoutFollowing(
          ["--secret", "TOKEN"], command: ["touch", ran])
        #expect(try await asked.received(using: stack.executables) == "asked\n")
        #expect(ProcessEvidence.processes(withEnvironment: "SALLYPORT_JOB_ID", job) != [])
        try await stack.kill(try await stack.worker())
        try await stack.startWorkerAgain("worker-1")
        // It has cleared up before it takes a job.
        #expect(try await stack.submit([], command: ["true"]).result.status == 0)
        #expect(ProcessEvidence.processes(withEnvironment: "SALLYPORT_JOB_ID", job) == [])
        #expect(FileManager.default.fileExists(atPath: ran) == false)
      }
    }
  }

  /// Everybody on a host reads arguments; the environment of other processes than the job's own has
  /// nothing of it either.
  @Test func noArgumentAndNoOtherProcessHasIt() async throws {
    try await SecretsCustomer.with { customer in
      try customer.write("CANARY-\(UInt64.random(in: .min ... .max))\n", to: "value")
      let environment = try customer.secrets(
        "  - {name: TOKEN, file: value, jobs: every}\n  - {name: key, file: value, jobs: every}")
      try await Stack.with(environment: environment) { stack in
        let look = """
          has() { grep -qaF -f "$SALLYPORT_SECRETS_DIR/key" "$1" 2>/dev/null; }
          for process in /proc/[0-9]*; do
            has $process/cmdline && echo "argument of $process"
            grep -qa "SALLYPORT_JOB_ID=$SALLYPORT_JOB_ID" $process/environ 2>/dev/null && continue
            has $process/environ && echo "environment of $process"
          done
          has /proc/$$/environ && echo "the job has it"
          """
        let job = try await stack.submit(
          ["--secret", "TOKEN", "--secret", "key=file:key"], command: ["sh", "-c", look])
        #expect(job.result.text == "the job has it\n", "\(job.result.errorText)")
      }
    }
  }

  /// The search finds what is there: in each place that it looks at.
  @Test func theSearchFindsWhatIsThere() async throws {
    let needle = String(UInt64.random(in: .min ... .max))
    try await SecretsCustomer.with { customer in
      try customer.write("CANARY-\(needle)\n", to: "value")
      let environment = try customer.secrets(
        "  - {name: TOKEN, file: value, jobs: every}\n  - {name: key, file: value, jobs: every}")
      try await Stack.with(environment: environment) { stack in
        let rings = try await Keyrings.usable(stack.executables)
        let plant = """
          \(Self.use)
          cp "$SALLYPORT_SECRETS_DIR/key" "$STATE/planted"
          sh -c 'sleep 1000; :' "$TOKEN" >/dev/null 2>&1 &
          """
        let found = try await stack.submit(
          [
            "--secret", "TOKEN", "--secret", "key=file:key", "--env", "NEEDLE=\(needle)", "--env",
            "STATE=\(stack.data)/worker-1",
          ] + rings.options,
          command: ["sh", "-c", #"set -e; eval "$1"; set +e; eval "$2""#, "sh", plant, Self.look])
        #expect(found.result.status == 0, "\(found.result.errorText)")
        let lines = found.result.text.split(separator: "\n")
        let ends = [
          "/checkout-copy", "/home/.netrc", "/home/.gitconfig", "/tmp/kept", "/key",
          "/worker-1/planted", "/tmp/copy (deleted)",
        ]
        for end in ends { #expect(lines.contains { $0.hasSuffix(end) }, "\(end): \(lines)") }
        #expect(lines.contains { $0.hasPrefix("/dev/shm/") }, "\(lines)")
        let starts = ["environment", "arguments", "open", "git"]
        for start in starts + rings.names.map({ "keyring \($0)" }) {
          #expect(lines.contains { $0.hasPrefix("\(start) ") }, "\(start): \(lines)")
        }
      }
    }
  }
}
