import Foundation
import Glibc
import Testing

/// What the kernel says of processes.
enum ProcessEvidence {
  /// Ids of the live processes whose environment has `name=value`.
  static func processes(withEnvironment name: String, _ value: String) -> [String] {
    let needle = Array("\(name)=\(value)".utf8)
    return entries().filter { id in
      guard let bytes = try? Data(contentsOf: URL(filePath: "/proc/\(id)/environ")) else {
        return false
      }
      return bytes.split(separator: 0).contains { $0.elementsEqual(needle) }
    }
  }

  /// A field of `/proc/<id>/status` in KiB, for example `VmRSS` or `VmHWM`.
  static func memory(_ field: String, of process: Int32) throws -> Int {
    try #require(status(process, field).split(separator: " ").compactMap { Int($0) }.first)
  }

  /// A field of `/proc/<id>/status`.
  static func status(_ process: Int32, _ field: String) throws -> String {
    let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("\(field):") })
    return line.dropFirst(field.count + 1).trimmingCharacters(in: .whitespaces)
  }

  private static func entries() -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [])
      .filter { $0.allSatisfy(\.isNumber) }
  }
}

/// Searches files for byte strings, however large the files are.
enum ByteSearch {
  private static let chunk = 16 << 20

  /// The needles that occur in the file.
  static func found(_ needles: [[UInt8]], in path: String) throws -> [[UInt8]] {
    guard let file = fopen(path, "rb") else { return [] }
    defer { fclose(file) }
    let overlap = (needles.map(\.count).max() ?? 1) - 1
    var buffer = [UInt8](repeating: 0, count: chunk + overlap)
    var kept = 0
    var found: Set<[UInt8]> = []
    while true {
      let space = buffer.count - kept
      let read = buffer.withUnsafeMutableBytes { bytes in
        bytes.baseAddress.map { fread($0 + kept, 1, space, file) } ?? 0
      }
      guard read > 0 else { return Array(found) }
      let filled = kept + read
      for needle in needles where !found.contains(needle) {
        if contains(buffer, filled, needle) { found.insert(needle) }
      }
      kept = min(overlap, filled)
      buffer.replaceSubrange(0..<kept, with: Array(buffer[(filled - kept)..<filled]))
    }
  }

  /// Paths of the files at or below `folder` that contain a needle. Regular ones only: whoever opens a
  /// FIFO waits for its other end.
  static func files(below folder: String, containing needles: [[UInt8]]) throws -> [String] {
    let names = FileManager.default.subpaths(atPath: folder) ?? []
    return try names.map { "\(folder)/\($0)" }.filter { path in
      var information = stat()
      guard stat(path, &information) == 0, information.st_mode & S_IFMT == S_IFREG else {
        return false
      }
      return try !found(needles, in: path).isEmpty
    }
  }

  private static func contains(_ bytes: [UInt8], _ count: Int, _ needle: [UInt8]) -> Bool {
    guard let first = needle.first, count >= needle.count else { return false }
    return bytes.withUnsafeBytes { haystack in
      needle.withUnsafeBytes { needle in
        guard let start = haystack.baseAddress, let wanted = needle.baseAddress else {
          return false
        }
        var offset = 0
        let last = count - needle.count
        while offset <= last,
          let hit = memchr(start + offset, Int32(first), last - offset + 1)
        {
          if memcmp(hit, wanted, needle.count) == 0 { return true }
          offset = UnsafeRawPointer(hit) - start + 1
        }
        return false
      }
    }
  }
}
