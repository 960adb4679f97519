import FoundationEssentials
import Testing

/// A repository with recognisable bytes wherever a repository can have some.
struct CanaryRepository: Sendable {
  static let blobSize = 256 * 1_024

  let folder: String
  let path: String
  /// A copy of the blob, for a job to compare with what it checked out.
  let blobCopy: String
  /// Byte strings that must not be seen: file content, names, messages, an unnamed branch.
  let needles: [[UInt8]]

  static func make() async throws -> CanaryRepository {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "sallyport-canary-\(UInt32.random(in: .min ... .max))"
    ).path()
    let work = "\(folder)/work"
    try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
    // Random bytes do not compress: they cross the wire, if in the clear, just as they are.
    let blob = (0..<blobSize).map { _ in UInt8.random(in: .min ... .max) }
    let words = (0..<4).map { _ in "canary\(UInt64.random(in: .min ... .max))" }
    try Data(blob).write(to: URL(filePath: "\(folder)/blob"))
    try Data(blob).write(to: URL(filePath: "\(work)/blob-\(words[0])"))
    try Data(words[1].utf8).write(to: URL(filePath: "\(work)/text"))
    let identity = ["-c", "user.name=Test", "-c", "user.email=test@example.invalid"]
    for arguments in [
      ["init", "--quiet", "--initial-branch=main"], ["add", "--all"],
      identity + ["commit", "--quiet", "-m", words[2]], ["branch", words[3]],
    ] {
      let result = try await Executables().run("/usr/bin/git", ["-C", work] + arguments)
      try #require(result.status == 0, "git \(arguments): \(result.errorText)")
    }
    let slices = stride(from: 1_000, to: blobSize - 64, by: 50_000).map {
      Array(blob[$0..<$0 + 32])
    }
    return CanaryRepository(
      folder: folder, path: work, blobCopy: "\(folder)/blob",
      needles: slices + words.map { Array($0.utf8) })
  }

  func remove() { try? FileManager.default.removeItem(atPath: folder) }
}
