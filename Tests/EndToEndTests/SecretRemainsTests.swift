import FoundationEssentials
import Glibc
import Testing

/// What the second job of a worker can find of the first one's secrets: nothing, also where the worker
/// was killed in the middle.
@Suite(.serialized, .timeLimit(.minutes(5))) struct SecretRemainsTests {
  /// Uses its secrets as jobs do: in files of its workspace and home, in git's configuration, in a
  /// process that goes its own way with a deleted file, in its session keyring.
  private static let use = """
    set -e
    cp "$SALLYPORT_SECRETS_DIR/key" checkout-copy
    cp "$SALLYPORT_SECRETS_DIR/key" "$HOME/.netrc"
    cp "$SALLYPORT_SECRETS_DIR/key" "$TMPDIR/copy"
    git config --global http.extraHeader "Authorization: $TOKEN"
    (exec 9< "$TMPDIR/copy"; rm "$TMPDIR/copy"; exec setsid sleep 1000 >/dev/null 2>&1 <&9) &
    python3 -c 'import ctypes, os; value = os.environ["TOKEN"].encode(); ctypes.CDLL(None).syscall(
      248, b"user", b"sallyport-token", value, ctypes.c_size_t(len(value)), -3)'
    """

  /// Everything that a job of the same user can reach. Itself not named in what it looks for, and with
  /// its own processes left out.
  private static let look = """
    needle=$(printf %s%s CANARY- "$NEEDLE")
    grep -rlaF -- "$needle" "$PWD/.." "$HOME" /dev/shm "$STATE" ${XDG_RUNTIME_DIR:-} 2>/dev/null
    for process in /proc/[0-9]*; do
      [ "$process" = "/proc/$$" ] && continue
      grep -qaF -- "$needle" "$process/environ" "$process/cmdline" 2>/dev/null && echo "$process"
      for file in "$process"/fd/*; do
        case $(readlink "$file") in *' (deleted)') ;; *) continue ;; esac
        [ -f "$file" ] || continue
        grep -qaF -- "$needle" "$file" 2>/dev/null && echo "$file $(readlink "$file")"
      done
    done
    git config --list | grep -F -- "$needle"
    grep sallyport-token /proc/keys
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
        let used = try Signal(in: stack.data)
        let options = ["--secret", "TOKEN", "--secret", "key=file:key"]
        let command = ["sh", "-c", "\(Self.use)\necho $SALLYPORT_SECRETS_DIR > \(used.path)"]
        let end = killed ? "; sleep 1000" : ""
        let job = try await stack.submitWithoutFollowing(
          options, command: command.dropLast() + [(command.last ?? "") + end])
        let folder = try await used.received(using: stack.executables).filter { !$0.isNewline }
        #expect(folder.hasPrefix("/dev/shm/"))
        if killed {
          #expect(FileManager.default.fileExists(atPath: "\(folder)/key"))
          try await stack.kill(try await stack.worker())
          try await stack.startWorkerAgain("worker-1")
        } else {
          _ = try await stack.sallyport("job", "logs", "--follow", job)
        }
        let found = try await stack.submit(
          ["--env", "NEEDLE=\(needle)", "--env", "STATE=\(stack.data)/worker-1"],
          command: ["sh", "-c", Self.look])
        #expect(found.result.status == 0, "\(found.result.errorText)")
        #expect(found.result.text == "", "killed: \(killed)")
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

  /// The search finds what is there: a job that has the secret finds it in its own folder.
  @Test func theSearchFindsWhatIsThere() async throws {
    let needle = String(UInt64.random(in: .min ... .max))
    try await SecretsCustomer.with { customer in
      try customer.write("CANARY-\(needle)\n", to: "value")
      let environment = try customer.secrets("  - {name: key, file: value, jobs: every}")
      try await Stack.with(environment: environment) { stack in
        let found = try await stack.submit(
          [
            "--secret", "key=file:key", "--env", "NEEDLE=\(needle)", "--env",
            "STATE=\(stack.data)/worker-1",
          ], command: ["sh", "-c", Self.look])
        #expect(found.result.text.contains("/key"), "\(found.result.errorText)")
      }
    }
  }
}
