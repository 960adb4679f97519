import Foundation
import SallyportCore
import SallyportProtos
import SallyportSecrets
import SallyportTestSupport
import SwiftProtobuf
import Testing

@testable import SallyportWorker

/// Files that hold secrets go away, however the job ends.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct SecretFolderTests {
  private let worker: SecretsWorker

  init() throws { worker = try SecretsWorker() }

  enum End: CaseIterable { case success, failure, timeout, cancel, supervisorKilled, workerStopped }

  @Test(arguments: End.allCases) func filesAreGoneHoweverTheJobEnds(end: End) async throws {
    try worker.write("CANARY", to: "token")
    let begin = """
      ls "$SALLYPORT_SECRETS_DIR" > /dev/null && mkdir "$SALLYPORT_SECRETS_DIR/x" \
        && cp "$SALLYPORT_SECRETS_DIR/token" "$SALLYPORT_SECRETS_DIR/x/copy" \
        && echo $PPID > $OUT/supervisor && printf %s "$SALLYPORT_SECRETS_DIR" > $OUT/dir.new \
        && mv $OUT/dir.new $OUT/dir;
      """
    let rest =
      switch end {
      case .success: "exit 0"
      case .failure: "exit 3"
      default: "trap '' TERM; sleep 1000 & while :; do wait; done"
      }
    try await worker.run(
      ["name: token, file: token, jobs: every"],
      configure: {
        $0.attempts.cancelGrace = .milliseconds(50)
        $0.attempts.terminationGrace = .zero
      }
    ) { running in
      let attempt = AttemptID(job: .random(), epoch: 1)
      var spec = try worker.job("\(begin) \(rest)", secrets: ["token=file:token"])
      if end == .timeout { spec.timeout.seconds = 2 }
      worker.offer(spec, attempt, in: running)
      while !worker.exists("dir") { try await Task.sleep(for: .milliseconds(5)) }
      switch end {
      case .cancel: running.gateway.send { $0.cancel.attempt = attempt.message }
      case .supervisorKilled:
        let pid = try #require(Int32(worker.read("supervisor")?.filter(\.isNumber) ?? ""))
        kill(pid, SIGKILL)
      case .workerStopped: running.worker.stopNow()
      default: break
      }
      _ = try await worker.end(of: attempt, in: running)
      let folder = try #require(worker.read("dir"))
      #expect(folder.hasPrefix("/dev/shm/sallyport-"))
      #expect(!FileManager.default.fileExists(atPath: folder))
    }
  }

  /// What a job moves away within the file system is empty of the secret when it is found.
  @Test func aFileThatWasMovedAwayIsOverwritten() async throws {
    try worker.write("CANARY-CANARY", to: "token")
    let stash = "/dev/shm/sallyport-test-\(UInt32.random(in: .min ... .max))"
    defer { unlink(stash) }
    try await worker.run(["name: token, file: token, jobs: every"]) { running in
      let spec = try worker.job(
        "mv $SALLYPORT_SECRETS_DIR/a/token \(stash)", secrets: ["token=file:a/token"])
      #expect(try await worker.end(of: spec, in: running).outcome == .succeeded)
    }
    let left = try #require(FileManager.default.contents(atPath: stash))
    #expect(left == Data(repeating: 0, count: 13))
  }

  /// What is left of a worker that was killed together with its supervisors.
  @Test func theNextStartRemovesWhatWasLeft() async throws {
    let settings = SecretSettings(owner: worker.directory.path)
    let folder = "\(settings.folder)/\(JobID.random())-1/ssh"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let file = "\(folder)/key"
    try Data("CANARY".utf8).write(to: URL(filePath: file))
    let held = open(file, O_RDONLY)
    defer { close(held) }
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder)/link", withDestinationPath: worker.directory.path)
    try await worker.run([]) { _ in }
    #expect(!FileManager.default.fileExists(atPath: settings.folder))
    #expect(FileManager.default.fileExists(atPath: worker.secretsFile))
    var bytes = [UInt8](repeating: 1, count: 16)
    #expect(read(held, &bytes, 16) == 6 && bytes.prefix(6).allSatisfy { $0 == 0 })
  }

  @Test func aDiskIsNoPlaceForThem() async throws {
    try worker.write("x", to: "token")
    // Not in memory, whatever /tmp is.
    let disk = "\(WorkerExecutable.path).secrets"
    try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: disk) }
    for allowed in [false, true] {
      try await worker.run(
        ["name: token, file: token, jobs: every"],
        configure: {
          $0.attempts.secrets.directory = disk
          $0.attempts.secrets.allowsDisk = allowed
        }
      ) { running in
        let spec = try worker.job(
          "cat $SALLYPORT_SECRETS_DIR/t > $OUT/values", secrets: ["token=file:t"])
        let request = try await worker.end(of: spec, in: running)
        if allowed {
          #expect(request.outcome == .succeeded, "\(request.reason)")
        } else {
          #expect(request.outcome == .failed)
          #expect(request.reason.contains("not a file system in memory"))
        }
        // Variables need no folder.
        let plain = try worker.job("true", secrets: ["token"])
        #expect(try await worker.end(of: plain, in: running).outcome == .succeeded)
      }
    }
    #expect(worker.read("values") == "x")
  }

  /// A directory that all users share: somebody else may have been there first.
  @Test func aFolderThatOthersCanEnterIsNotUsed() async throws {
    try worker.write("x", to: "token")
    try await worker.run(["name: token, file: token, jobs: every"]) { running in
      let folder = SecretSettings(owner: worker.directory.path).folder
      mkdir(folder, 0o755)
      chmod(folder, 0o755)
      defer { rmdir(folder) }
      let spec = try worker.job("touch $OUT/ran", secrets: ["token=file:t"])
      let request = try await worker.end(of: spec, in: running)
      #expect(request.outcome == .failed && request.reason.contains("not this user's own"))
    }
    #expect(!worker.exists("ran"))
  }
}
