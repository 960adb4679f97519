import FoundationEssentials
import Testing

extension Stack {
  /// Sends a signal to one process.
  nonisolated func signal(_ process: Int32, _ name: String) async throws {
    try await mustRun("kill", ["-\(name)", "\(process)"])
  }

  /// Replaces the gateway's process by a new one.
  ///
  /// - Parameter count: How often that has been done, this time included.
  /// - Returns: The process that serves now; the one before it may still finish what it has.
  func replaceGateway(count: Int) async throws -> Int32 {
    try await signal(try gateway, "USR2")
    let line = try await logLines("gateway", matching: "a new process serves", count: count).last
    let text = try #require(line?.split(separator: "process=").last?.prefix { $0.isNumber })
    let process = try #require(Int32(text))
    gatewayIs(process)
    return process
  }

  /// Returns once a relay has carried something to a worker.
  nonisolated func relayIsMoving() async throws {
    struct Page: Decodable {
      struct Relay: Decodable {
        let bytesToWorker: Int
        enum CodingKeys: String, CodingKey { case bytesToWorker = "bytes_to_worker" }
      }
      let relays: [Relay]
    }
    while true {
      let result = try await sallyport("relay", "list", "--output", "json")
      try #require(result.status == 0, "relay list: \(result.errorText)")
      let page = try JSONDecoder().decode(Page.self, from: Data(result.output))
      if page.relays.contains(where: { $0.bytesToWorker > 1 << 20 }) { return }
    }
  }

  /// Puts a file that does not compress into the repository that the on-prem server serves.
  nonisolated func addLargeFile(_ name: String, megabytes: Int) async throws {
    let work = "\(data)/work-\(UInt32.random(in: .min ... .max))"
    try await mustRun("git", ["clone", "--quiet", "\(data)/repositories/team/app.git", work])
    try await mustRun(
      "dd", ["if=/dev/urandom", "of=\(work)/\(name)", "bs=1M", "count=\(megabytes)", "status=none"])
    try await mustRun("git", ["-C", work, "add", "--all"])
    try await mustRun(
      "git",
      [
        "-C", work, "-c", "user.name=Test", "-c", "user.email=test@example.invalid", "commit",
        "--quiet", "-m", "Add \(name)",
      ])
    try await mustRun("git", ["-C", work, "push", "--quiet", "origin", "HEAD:main"])
  }
}
