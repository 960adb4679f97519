import Subprocess
import SystemPackage
import Testing

/// A packet capture on the loopback interface.
enum PacketCapture {
  static func running(
    ports: [String], into file: String, _ body: () async throws -> Void
  ) async throws {
    let filter = ports.map { "port \($0)" }.joined(separator: " or ")
    _ = try await Subprocess.run(
      .name("tcpdump"), arguments: ["-i", "lo", "-U", "-B", "65536", "-w", file, filter],
      input: .none, output: .discarded, error: .sequence
    ) { execution in
      // tcpdump says that it listens; before that nothing is captured.
      var said: [UInt8] = []
      for try await piece in execution.standardError {
        piece.withUnsafeBytes { said.append(contentsOf: $0) }
        if String(decoding: said, as: UTF8.self).contains("listening on") { break }
      }
      do { try await body() } catch {
        try execution.send(signal: .interrupt)
        throw error
      }
      try execution.send(signal: .interrupt)
    }
  }
}

/// A copy of a process's memory.
enum MemoryDump {
  static func take(of process: Int32, into file: String) async throws {
    let result = try await Executables().run(
      "/usr/bin/gdb",
      ["--batch", "--pid", "\(process)", "-ex", "generate-core-file \(file)", "-ex", "detach"])
    try #require(
      result.text.contains("Saved corefile"), "no memory dump: \(result.text)\(result.errorText)")
  }
}
