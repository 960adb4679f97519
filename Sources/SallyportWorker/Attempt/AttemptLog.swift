import SallyportCore

/// Writes the worker's own words into an attempt's log.
struct AttemptLog: Sendable {
  let spool: LogSpool
  let disk: Disk
  /// What is in no line.
  let masks: JobMasks

  /// Adds one line to the system stream. A log that cannot be written is the job's failure where
  /// the job itself writes; a lost line of ours is not.
  func note(_ line: String) async {
    await disk.perform { noteBlocking(line) }
  }

  /// The same, for threads that may block.
  func noteBlocking(_ line: String) {
    try? spool.append(
      Array("\(masks.masked(line))\n".utf8), to: .system, at: WallTime.now().microseconds)
  }
}
