import Foundation
import Testing

/// The logs of real processes, as a collector reads them.
@Suite(.serialized, .timeLimit(.minutes(5))) struct StructuredLogTests {
  @Test func everyLineIsAnObjectAndTheJobsHaveTheirKeys() async throws {
    try await Stack.with(.gatewayOnly) { stack in
      try await stack.stop(try await stack.gateway)
      let configuration = "\(stack.data)/gateway/gateway.yaml"
      let text = try String(contentsOfFile: configuration, encoding: .utf8)
      try Data("\(text)\nlog:\n  format: json\n".utf8).write(to: URL(filePath: configuration))
      try await stack.startGatewayAgain()
      try await stack.startCustomer()
      let job = try await stack.submit(
        ["--repo", "on-prem:team/app.git", "--ref", "main"], command: ["echo", "hello"])
      #expect(job.result.status == 0, "\(job.result.errorText)")
      try await stack.stop(try await stack.worker("worker-1"))
      try await stack.stop(try await stack.gateway)

      let lines = try stack.log("gateway").split(separator: "\n").map { line in
        try #require(
          try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
      }
      func only(_ message: String, _ keys: [String]) throws {
        let found = lines.filter {
          $0["message"] as? String == message && $0["job"] as? String == job.id
        }
        #expect(found.count == 1, "\(message): \(found.count) times")
        for key in ["tenant", "pool", "job", "epoch"] + keys {
          #expect(found.first?[key] != nil, "\(message) without \(key)")
        }
      }
      try only("job submitted", [])
      try only("job offered", ["worker", "session"])
      try only("offer accepted", ["worker", "session"])
      try only("relay opens", ["worker", "relay"])
      try only("relay closes", ["worker", "relay", "to-worker", "reason"])
      try only("job ended", ["state"])
      for message in ["worker session begins", "worker session ends", "VCS agent session begins"] {
        let found = lines.filter { $0["message"] as? String == message }
        #expect(found.count == 1, "\(message): \(found.count) times")
        for key in ["tenant", "pool", "session"] {
          #expect(found.first?[key] != nil, "\(message) without \(key)")
        }
      }
    }
  }
}
