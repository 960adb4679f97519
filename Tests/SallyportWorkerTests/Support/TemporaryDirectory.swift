import Foundation

/// A directory that exists for one test.
final class TemporaryDirectory: Sendable {
  let path: String

  init() throws {
    path = "/tmp/sallyport-worker-tests.\(UInt64.random(in: .min ... .max))"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { "\(path)/\(name)" }
}
