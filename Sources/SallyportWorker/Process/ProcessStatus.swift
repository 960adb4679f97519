import Glibc

/// What `/proc/<pid>/stat` says about one process.
package struct ProcessStatus: Hashable, Sendable {
  package let identity: ProcessIdentity
  package let state: UInt8
  package let parent: Int32
  package let group: Int32

  package var pid: Int32 { identity.pid }
  package var isZombie: Bool { state == UInt8(ascii: "Z") || state == UInt8(ascii: "X") }

  /// Nil where no such process exists.
  package init?(of pid: Int32) {
    guard let file = try? FileDescriptor.open("/proc/\(pid)/stat", O_RDONLY),
      let line = try? file.read(upTo: 4_096, "read a process's status")
    else { return nil }
    self.init(parsing: line)
  }

  /// The command's name is in parentheses and may itself hold spaces and parentheses: what counts
  /// begins after the last one.
  package init?(parsing line: [UInt8]) {
    guard let open = line.firstIndex(of: UInt8(ascii: "(")),
      let close = line.lastIndex(of: UInt8(ascii: ")")), open < close,
      let pid = Int32(Self.text(line[..<open]))
    else { return nil }
    let fields = line[line.index(after: close)...].split(separator: UInt8(ascii: " "))
    guard fields.count > 19, let state = fields[0].first, let parent = Int32(Self.text(fields[1])),
      let group = Int32(Self.text(fields[2])), let startTime = UInt64(Self.text(fields[19]))
    else { return nil }
    identity = ProcessIdentity(pid: pid, startTime: startTime)
    self.state = state
    self.parent = parent
    self.group = group
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    String(decoding: bytes.filter { $0 != UInt8(ascii: " ") }, as: UTF8.self)
  }
}
