import FoundationEssentials

/// A folder that exists for one test, outside of any stack.
enum TemporaryFolder {
  static func with(_ body: (_ path: String) async throws -> Void) async throws {
    let path = FileManager.default.temporaryDirectory.appending(
      path: "sallyport-e2e-\(UInt32.random(in: .min ... .max))"
    ).path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    try await body(path)
  }
}
