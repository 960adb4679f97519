import FoundationEssentials

/// A directory that lives as long as one test.
struct TestDirectory: ~Copyable {
  let path: String

  init() throws {
    path = Self.newPath()
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  static func newPath() -> String {
    "/tmp/sallyport-cli-tests-\(UInt64.random(in: .min ... .max))"
  }

  func write(_ name: String, _ text: String) throws {
    try Data(text.utf8).write(to: URL(filePath: path + "/" + name))
  }
}
