import FoundationEssentials
import Glibc
import Testing

/// A named pipe through which a job tells the test that it has come to a point.
///
/// The job runs `echo word > $path`, which waits until the test reads; ``received(using:)`` waits
/// until the job writes. Neither side guesses how long the other takes.
struct Signal: Sendable {
  let path: String

  init(in folder: String) throws {
    path = "\(folder)/signal-\(UInt32.random(in: .min ... .max))"
    try #require(mkfifo(path, 0o600) == 0)
  }

  /// Waits for the job, at most a minute, and returns what it wrote.
  func received(using executables: Executables) async throws -> String {
    let result = try await executables.run("/usr/bin/timeout", ["60", "cat", path])
    try #require(result.status == 0, "the job did not come to its signal within a minute")
    return result.text
  }
}
