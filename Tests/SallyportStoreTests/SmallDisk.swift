import FoundationEssentials
import Glibc
import SallyportCore

/// A disk of a few MiB that a test can fill: a tmpfs of its own.
struct SmallDisk: Sendable {
  let path: String

  /// Says so and returns where this host does not let the tests mount one.
  static func with(
    mebibytes: Int, _ body: (SmallDisk) async throws -> Void
  ) async throws {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("sallyport-disk-\(JobID.random())").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { _ = rmdir(path) }
    guard mount("tmpfs", path, "tmpfs", 0, "size=\(mebibytes)m") == 0 else {
      print("skipped: this host does not let the tests mount a tmpfs")
      return
    }
    defer { umount2(path, Int32(MNT_DETACH)) }
    try await body(SmallDisk(path: path))
  }

  private var ballast: String { path + "/ballast" }

  /// Takes what is left, to the last byte.
  func fill() {
    let file = open(ballast, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard file >= 0 else { return }
    defer { close(file) }
    for size in [1 << 16, 1 << 12, 1] {
      let block = [UInt8](repeating: 7, count: size)
      while write(file, block, size) == size {}
    }
  }

  func empty() { unlink(ballast) }
}
