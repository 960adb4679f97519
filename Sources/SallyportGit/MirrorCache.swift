/// All mirrors of a worker, kept below a number of bytes.
struct MirrorCache {
  private struct Entry {
    let mirror: GitMirror
    let size: UInt64
    /// Nanoseconds; see ``FileLock``.
    let lastUse: Int64
  }

  let directory: String
  let maximum: UInt64

  /// Removes the mirrors that were used longest ago until the rest fits, but none that is in use.
  func trim() throws(GitError) {
    var entries: [Entry] = []
    for name in try FileTree.names(in: directory) where name.hasSuffix(".git") {
      let mirror = GitMirror(base: "\(directory)/\(name.dropLast(4))")
      entries.append(
        Entry(
          mirror: mirror, size: try FileTree.size(ofFilesIn: mirror.packDirectory),
          lastUse: FileTree.modificationTime(mirror.lockPath)))
    }
    var total = entries.reduce(0) { $0 + $1.size }
    for entry in entries.sorted(by: { $0.lastUse < $1.lastUse }) {
      guard total > maximum else { return }
      guard let lock = try? FileLock(path: entry.mirror.lockPath, poll: Self.giveUp) else {
        continue
      }
      try entry.mirror.discard()
      _ = consume lock
      total -= entry.size
    }
  }

  private static func giveUp() throws(GitError) { throw .cancelled }
}
