import Glibc

/// A look at all processes of the machine, taken from `/proc`. Out of date the moment it exists:
/// whoever kills what it names looks again until nothing is left.
package struct ProcessTable: Sendable {
  package let processes: [ProcessStatus]

  package init(processes: [ProcessStatus]) { self.processes = processes }

  package static func snapshot() throws(SystemError) -> ProcessTable {
    guard let directory = opendir("/proc") else { throw .last("read /proc") }
    defer { closedir(directory) }
    var processes: [ProcessStatus] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if let pid = Int32(name), let status = ProcessStatus(of: pid) { processes.append(status) }
    }
    return ProcessTable(processes: processes)
  }

  /// All processes below `roots` in the tree, without the roots themselves.
  package func descendants(of roots: Set<Int32>) -> [ProcessStatus] {
    let children = Dictionary(grouping: processes, by: \.parent)
    var found: [ProcessStatus] = []
    var seen = roots
    var pending = Array(roots)
    while let parent = pending.popLast() {
      for child in children[parent] ?? [] where seen.insert(child.pid).inserted {
        found.append(child)
        pending.append(child.pid)
      }
    }
    return found
  }
}
