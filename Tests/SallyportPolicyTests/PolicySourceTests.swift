import FoundationEssentials
import SallyportConfig
import SallyportCore
import Testing

@testable import SallyportPolicy

@Suite struct PolicySourceTests {
  private func withFile(_ text: String, _ body: (String) throws -> Void) throws {
    let path = FileManager.default.temporaryDirectory.path + "/policy-\(UUID().uuidString).yaml"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data(text.utf8).write(to: URL(filePath: path))
    try body(path)
  }

  @Test func reloads() throws {
    let job = try JobFacts(command: ["x"])
    try withFile("version: 1\nrules: []\n") { path in
      let source = try PolicySource(path: path, for: .worker)
      let first = source.current
      #expect(first.digest == PolicyDigest(of: Array("version: 1\nrules: []\n".utf8)))
      #expect(!first.policy.decide(job).isAllowed)

      try Data("version: 1\ndefault: allow\nrules: []\n".utf8).write(to: URL(filePath: path))
      #expect(source.current == first)
      #expect(try source.reload() == source.current)
      let second = source.current
      #expect(second.policy.decide(job).isAllowed && second.digest != first.digest)

      for broken in ["version: 2\nrules: []\n", "", "version: 1\nrules: [\n", "\u{feff}"] {
        try Data(broken.utf8).write(to: URL(filePath: path))
        let error = try #require(throws: ConfigError.self) { try source.reload() }
        #expect("\(error)".contains(path))
        #expect(source.current == second)
      }
      try FileManager.default.removeItem(atPath: path)
      #expect(throws: ConfigError.self) { try source.reload() }
      #expect(source.current == second)
    }
  }

  @Test func refusesToStart() throws {
    #expect(throws: ConfigError.self) { try PolicySource(path: "/nowhere/p.yaml", for: .agent) }
    #expect(throws: ConfigError.self) { try PolicySource(path: "/tmp", for: .agent) }
    try withFile("version: 1\nrules: [{name: a, action: allow, images: [b]}]\n") { path in
      #expect(throws: ConfigError.self) { try PolicySource(path: path, for: .agent) }
      _ = try PolicySource(path: path, for: .worker)
    }
  }

  /// Whoever can write the file decides what runs.
  @Test(arguments: [0o620, 0o602, 0o664, 0o666]) func refusesAFileThatOthersCanWrite(
    mode: Int
  ) throws {
    try withFile("version: 1\nrules: []\n") { path in
      func setMode(_ mode: Int) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
      }
      try setMode(mode)
      let error = #expect(throws: ConfigError.self) { try PolicySource(path: path, for: .worker) }
      #expect(error?.code == .unsafeFile)
      #expect(
        error?.description == "\(path): expected a file that only its owner can write, "
          + "found mode 0\(String(mode, radix: 8)); run: chmod go-w \(path)")
      try setMode(0o644)
      let source = try PolicySource(path: path, for: .worker)
      try setMode(mode)
      #expect(throws: ConfigError.self) { try source.reload() }
    }
  }

  @Test func withoutFile() throws {
    let source = PolicySource(AdmissionPolicy(repositories: []))
    #expect(try source.reload() == source.current)
    #expect(source.current.digest == nil)
  }

  @Test func digests() {
    #expect(
      PolicyDigest(of: Array("abc".utf8)).rawValue
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }

  /// Decisions go on while the policy is replaced, each by one policy or the other.
  @Test func reloadsWhileDeciding() async throws {
    let path = FileManager.default.temporaryDirectory.path + "/policy-\(UUID().uuidString).yaml"
    defer { try? FileManager.default.removeItem(atPath: path) }
    func write(_ number: Int) throws {
      let rule = "{name: r\(number), action: \(number % 2 == 0 ? "allow" : "deny")}"
      try Data("version: 1\nrules: [\(rule)]\n".utf8).write(to: URL(filePath: path))
    }
    try write(0)
    let source = try PolicySource(path: path, for: .worker)
    let job = try JobFacts(command: ["x"])
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<2 {
        group.addTask {
          for _ in 0..<5_000 {
            let decision = source.current.policy.decide(job)
            guard let number = Int(decision.source.description.dropFirst()) else {
              Issue.record("\(decision)")
              return
            }
            #expect(decision.isAllowed == (number % 2 == 0))
          }
        }
      }
      for number in 1...200 {
        try write(number)
        try source.reload()
      }
      try await group.waitForAll()
    }
    #expect(source.current.policy.rules.first?.name.rawValue == "r200")
  }
}
