import FoundationEssentials
import Testing

/// What a thief has carried off from a gateway while it served.
struct Loot: Sendable {
  let folder: String

  static let keys = ["master.key", "tenant-keys"]

  var database: String { "\(folder)/gateway.db" }
  var backup: String { "\(folder)/backup.db" }

  /// Database, WAL, backup: without a key.
  var withoutKeys: [String] {
    get throws {
      try FileManager.default.contentsOfDirectory(atPath: folder)
        .filter { $0.hasPrefix("gateway.db") || $0 == "backup.db" }.map { "\(folder)/\($0)" }
    }
  }

  /// - Parameter folder: A new one.
  static func take(from stack: Stack, to folder: String) async throws -> Loot {
    let loot = Loot(folder: folder)
    let gateway = "\(stack.data)/gateway"
    try await stack.mustRun("cp", ["-a", gateway, folder])
    let made = try await stack.executables.run(
      "sallyport-gateway",
      ["backup", "--out", loot.backup, "--config", "\(gateway)/gateway.yaml"])
    try #require(made.status == 0, "\(made.errorText)")
    let files = try loot.withoutKeys
    // The WAL is what is newest.
    try #require(files.contains("\(folder)/gateway.db-wal") && files.count >= 3, "\(files)")
    return loot
  }

  /// What `thief.py` could read, and how much it could not.
  struct Reading {
    struct Counts: Decodable, Equatable {
      let opened: Int
      let closed: Int
    }
    /// With everything that it could.
    let file: String
    let counts: Counts
  }

  /// - Parameters:
  ///   - master: File of the master key; nil for the stolen one.
  ///   - tenants: Folder of the tenants' keys; nil for the stolen one.
  func read(_ database: String, master: String? = nil, tenants: String? = nil) async throws
    -> Reading
  {
    let result = try await Executables().run(
      "/usr/bin/python3",
      [
        "\(SecretsCustomer.resources)/thief.py", database, master ?? "\(folder)/master.key",
        tenants ?? "\(folder)/tenant-keys",
      ])
    try #require(result.status == 0, "\(result.errorText)")
    let file = "\(folder)/reading-\(UInt32.random(in: .min ... .max))"
    try Data(result.output).write(to: URL(filePath: file))
    return Reading(
      file: file,
      counts: try JSONDecoder().decode(Reading.Counts.self, from: Data(result.errorOutput)))
  }
}
