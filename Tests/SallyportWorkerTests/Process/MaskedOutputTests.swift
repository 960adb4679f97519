import Foundation
import SallyportCore
import SallyportMasking
import Synchronization
import Testing

@testable import SallyportWorker

/// What of a real process's output is in its log on the disk.
@Suite(.timeLimit(.minutes(2)))
struct MaskedOutputTests {
  private static let secret = "hunter2-S3cr3tValue"

  private static func masks(_ value: String = secret) throws -> JobMasks {
    let masks = JobMasks()
    let unmasked = try masks.begin(with: [MaskedSecret(name: "A", value: Array(value.utf8))])
    #expect(unmasked.isEmpty)
    return masks
  }

  private static func job(_ script: String, masks: JobMasks) throws -> RunningJob {
    try RunningJob.start(
      ["sh", "-c", script],
      environment: ["PATH": "/usr/bin:/bin", "SECRET": secret], masks: masks)
  }

  @Test func aSecretReachesTheDiskInNoForm() async throws {
    let job = try Self.job(
      """
      echo "plain $SECRET"; echo "$SECRET" >&2; echo "user:$SECRET@host" | base64
      printf %s "$SECRET" | od -An -v -tx1 | tr -d ' \\n'; echo
      """, masks: try Self.masks())
    #expect(await job.process.ended().logFailure == nil)
    let lines = try job.text().split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines.first == "plain ***")
    #expect(lines.dropFirst().first?.contains("***") == true)
    #expect(lines.last == "***")
    #expect(try job.text(.stderr) == "***\n")
    let file = try Data(contentsOf: URL(filePath: job.directory.file("log")))
    #expect(file.range(of: Data(Self.secret.utf8)) == nil)
  }

  @Test func aSecretIsMaskedWhereverTheJobFlushes() async throws {
    let job = try Self.job(
      """
      rest=$SECRET
      while [ -n "$rest" ]; do
        printf %.1s "$rest"; printf %.1s "$rest" >&2; rest=${rest#?}
      done
      """, masks: try Self.masks())
    _ = await job.process.ended()
    #expect(try job.text() == "***")
    #expect(try job.text(.stderr) == "***")
  }

  /// The other stream overtakes it; the end of the stream lets it go.
  @Test func theBeginningOfASecretWaitsForMoreOrForTheEnd() async throws {
    let job = try Self.job(
      "printf 'Password: hunter2'; echo noise >&2; read go < fifo; echo; printf hunter2",
      masks: try Self.masks())
    let fifo = job.directory.file("fifo")
    try #require(mkfifo(fifo, 0o600) == 0)
    while try job.text(.stderr) != "noise\n" || job.text().isEmpty {
      try await job.spool.growth.wait()
    }
    #expect(try job.text() == "Password: ")
    try "go\n".write(toFile: fifo, atomically: false, encoding: .utf8)
    _ = await job.process.ended()
    #expect(try job.text() == "Password: hunter2\nhunter2")
  }

  @Test func whatIsHeldBackIsInTheLogOfAJobThatIsKilled() async throws {
    let job = try Self.job("printf 'x hunter2'; kill -9 $$", masks: try Self.masks())
    _ = await job.process.ended()
    #expect(try job.text() == "x hunter2")
  }

  @Test func aValueThatTheJobAddsCountsFromThereOnOnBothStreams() async throws {
    let masks = JobMasks()
    let job = try RunningJob.start(
      [
        "sh", "-c",
        """
        value=run-time-$((6 * 7))-value; echo "$value"
        echo "::add-mask::$value"; echo "x $value y"; read go < fifo; echo "$value" >&2
        """,
      ], masks: masks)
    let fifo = job.directory.file("fifo")
    try #require(mkfifo(fifo, 0o600) == 0)
    try await job.waitForLine("x *** y")
    try "go\n".write(toFile: fifo, atomically: false, encoding: .utf8)
    _ = await job.process.ended()
    #expect(try job.text() == "run-time-42-value\nx *** y\n")
    #expect(try job.text(.stderr) == "***\n")
    #expect(masks.complaint == nil)
    #expect(masks.masked("failed: run-time-42-value") == "failed: ***")
  }

  @Test func valuesThatCannotBeAddedAreCountedAndNotShown() async throws {
    let masks = JobMasks()
    let job = try RunningJob.start(
      ["sh", "-c", "echo ::add-mask::ab; echo ::add-mask::true; echo end"], masks: masks)
    _ = await job.process.ended()
    #expect(try job.text() == "end\n")
    #expect(
      masks.complaint
        == "not all values given by ::add-mask:: are masked: 2 are too short or too common")
  }

  @Test func aJobThatPrintsNoSecretHasItsOutputByteForByte() async throws {
    let job = try Self.job(
      "head -c 300000 /dev/urandom > data; cat data; cat data >&2", masks: try Self.masks())
    _ = await job.process.ended()
    let data = try Data(contentsOf: URL(filePath: job.directory.file("data")))
    #expect(data.count == 300_000)
    #expect(try Data(job.output()) == data)
    #expect(try Data(job.output(.stderr)) == data)
  }

  /// What the disk did not take is tried again masked.
  @Test func aFullDiskChangesNothing() async throws {
    let isFull = Mutex(false)
    let paused = Latch<SystemError>()
    let job = try RunningJob.start(
      ["sh", "-c", "echo ready; read go < fifo; seq 1 50000; printf hunter2; exec sleep 0"],
      masks: try Self.masks("49999\n50000"), diskIsFull: { isFull.withLock { $0 } },
      onDiskFull: { paused.set($0) })
    let fifo = job.directory.file("fifo")
    try #require(mkfifo(fifo, 0o600) == 0)
    try await job.waitForLine("ready")
    isFull.withLock { $0 = true }
    try "go\n".write(toFile: fifo, atomically: false, encoding: .utf8)
    #expect(try await paused.wait().number == ENOSPC)
    isFull.withLock { $0 = false }
    #expect(await job.process.ended().logFailure == nil)
    let numbers = (1...49_998).map { "\($0)\n" }.joined()
    #expect(try job.text() == "ready\n\(numbers)***\nhunter2")
  }

  @Test func reasonsAndTheWorkersOwnLinesAreMasked() async throws {
    let directory = try TemporaryDirectory()
    let spool = try LogSpool.create(directory.file("log"))
    let masks = try Self.masks()
    AttemptLog(spool: spool, disk: try Disk(name: "test"), masks: masks).noteBlocking(
      "no \(Self.secret) here")
    let bytes = try spool.chunk(at: 0, upTo: 1 << 20)
    #expect(String(decoding: bytes, as: UTF8.self).hasSuffix("no *** here\n"))
    var result = AttemptResult()
    result.reason = "cannot run '\(Self.secret)'"
    result.logIncompleteReason = Self.secret
    result.mask(by: masks)
    #expect(result.reason == "cannot run '***'")
    #expect(result.logIncompleteReason == "***")
  }
}
