import FoundationEssentials
import Glibc
import Testing

/// What a crash in the middle of a job leaves of its secrets: nothing, in no core, no backtrace, no log and no
/// folder.
@Suite(.serialized, .timeLimit(.minutes(4))) struct CrashTests {
  enum Victim: String, CaseIterable { case supervisor, worker }

  /// A fault that is the process's own: signals from others can be blocked, and this one cannot.
  private func fault(_ process: Int32, _ executables: Executables) async throws {
    let result = try await executables.run(
      "/usr/bin/timeout",
      [
        "60", "gdb", "-nx", "-batch", "--readnever", "-ex", "attach \(process)", "-ex",
        "set $pc = 0", "-ex", "detach",
      ])
    try #require(result.text.contains("detached"), "\(result.text) \(result.errorText)")
  }

  /// Files that are named as cores are, where a process would leave one.
  private func cores(in folders: Set<String>) -> Set<String> {
    Set(
      folders.flatMap { folder in
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
          .filter { $0 == "core" || $0.hasPrefix("core.") }.map { "\(folder)/\($0)" }
      })
  }

  private func workingFolder(of process: Int32) throws -> String {
    try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/cwd")
  }

  private static let secrets =
    "  - {name: TOKEN, file: value, jobs: every}\n  - {name: key, file: value, jobs: every}"

  @Test(arguments: Victim.allCases) func aCrashShowsNoSecret(of victim: Victim) async throws {
    let canary = Canary()
    try await SecretsCustomer.with { customer in
      try customer.write("\(canary.value)\n", to: "value")
      var environment = try customer.secrets(Self.secrets)
      // As much as Swift says of a crash.
      environment["SWIFT_BACKTRACE"] =
        "enable=yes,interactive=no,color=no,sanitize=no,threads=all,registers=all,limit=none"
      try await Stack.with(environment: environment) { stack in
        let held = try Signal(in: stack.data)
        let job = try await stack.submitWithoutFollowing(
          ["--secret", "TOKEN", "--secret", "key=file:key"],
          command: ["sh", "-c", "echo $PPID > \(held.path); sleep 1000; : $TOKEN"])
        let supervisor = try #require(
          Int32(try await held.received(using: stack.executables).filter { !$0.isNewline }))
        let worker = try await stack.worker()
        let folders = Set(try [supervisor, worker].map(workingFolder) + [stack.data])
        let before = cores(in: folders)
        #expect(ProcessEvidence.processes(withEnvironment: "SALLYPORT_JOB_ID", job) != [])
        #expect(try !ByteSearch.files(below: "/dev/shm", containing: canary.forms).isEmpty)

        switch victim {
        case .supervisor: try await fault(supervisor, stack.executables)
        case .worker:
          try await fault(worker, stack.executables)
          #expect(try await stack.exitCode(of: worker) == 128 + SIGSEGV)
          // Before the next one writes its own log.
          #expect(try ByteSearch.files(below: stack.data, containing: canary.forms) == [])
          #expect(stack.log("worker-1").contains("Program crashed"))
          try await stack.startWorkerAgain("worker-1")
        }
        _ = try await stack.sallyport("job", "logs", "--follow", job)
        #expect(["lost", "failed"].contains(try await stack.show(job).state))
        // It has cleared up before it takes a job.
        #expect(try await stack.submit([], command: ["true"]).result.status == 0)
        #expect(ProcessEvidence.processes(withEnvironment: "SALLYPORT_JOB_ID", job) == [])
        #expect(cores(in: folders) == before)
        #expect(try ByteSearch.files(below: stack.data, containing: canary.forms) == [])
        #expect(try ByteSearch.files(below: "/dev/shm", containing: canary.forms) == [])
      }
    }
  }

  /// The search finds what there is: a process that has said nothing leaves a core with what it had.
  @Test func theSearchFindsWhatAnotherProcessLeaves() async throws {
    let canary = Canary()
    try await TemporaryFolder.with { folder in
      let result = try await Executables().run(
        "/bin/bash",
        [
          "-c",
          """
          cd "$0" && ulimit -c unlimited &&
          python3 -c 'import ctypes, os; value = os.environ["TOKEN"]; ctypes.string_at(0)'
          """, folder,
        ], environment: ["TOKEN": canary.value])
      #expect(result.status == 128 + SIGSEGV)
      #expect(!cores(in: [folder]).isEmpty)
      #expect(try ByteSearch.files(below: folder, containing: canary.forms).count == 1)
    }
  }
}
