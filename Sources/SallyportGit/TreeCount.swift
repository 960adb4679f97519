internal import CLibGit2
internal import Glibc

/// What a ``TreeSurvey`` has seen so far. Used on one thread.
final class TreeCount {
  private let limits: GitLimits
  private let odb: OpaquePointer?
  private let session: FetchSession
  private var entries = 0
  private var submodules = 0
  private var bytes: UInt64 = 0
  /// The names seen in the directory that is being visited and in those above it, outermost first.
  private var names: [Set<[UInt8]>] = [[]]
  private(set) var objection: GitError?

  init(limits: GitLimits, odb: OpaquePointer?, session: FetchSession) {
    self.limits = limits
    self.odb = odb
    self.session = session
  }

  /// Takes entries in the order of `GIT_TREEWALK_PRE`: what is in a directory follows it at once.
  ///
  /// - Parameter root: Path of the entry's directory, with a slash at its end; empty at the top.
  func visit(_ root: UnsafePointer<CChar>?, _ entry: OpaquePointer?) -> Int32 {
    do {
      try count(Self.bytes(root), Self.bytes(git_tree_entry_name(entry)), entry)
      return 0
    } catch {
      objection = error
      return -1
    }
  }

  private func count(
    _ root: [UInt8], _ name: [UInt8], _ entry: OpaquePointer?
  ) throws(GitError) {
    entries += 1
    guard entries <= limits.maximumEntries else {
      throw GitError(
        code: .limitExceeded,
        message: "the commit has more than \(limits.maximumEntries) files and directories")
    }
    guard root.count + name.count <= limits.maximumPath else {
      throw GitError(
        code: .limitExceeded,
        message: "the commit has a path of more than \(limits.maximumPath) bytes")
    }
    if entries.isMultiple(of: 1_024) { try session.checkCancellation() }
    try judge(name, in: root)
    switch git_tree_entry_type(entry) {
    case GIT_OBJECT_TREE: names.append([])
    case GIT_OBJECT_BLOB: try measure(entry, root + name)
    default:
      submodules += 1
      guard submodules <= limits.maximumSubmodules else {
        throw GitError(
          code: .limitExceeded,
          message: "the commit has more than \(limits.maximumSubmodules) submodules")
      }
    }
  }

  /// Names that lead into `.git` are left to libgit2, which knows what file systems make of them.
  private func judge(_ name: [UInt8], in root: [UInt8]) throws(GitError) {
    let slash = UInt8(ascii: "/")
    // No name that was let through has a slash.
    let depth = root.count { $0 == slash }
    names.removeLast(max(names.count - depth - 1, 0))
    let isPath = name.contains(slash) || name.isEmpty || [[46], [46, 46]].contains(name)
    guard !isPath else {
      throw GitError(
        code: .unsafeContent,
        message: "the commit has an entry named \(Self.quoted(name)) in \(Self.quoted(root)), "
          + "which is no file name")
    }
    guard let last = names.indices.last, names[last].insert(name).inserted else {
      throw GitError(
        code: .unsafeContent, message: "the commit has \(Self.quoted(root + name)) twice")
    }
  }

  private func measure(_ entry: OpaquePointer?, _ path: [UInt8]) throws(GitError) {
    guard let id = git_tree_entry_id(entry) else { return }
    var size = 0
    var type = GIT_OBJECT_INVALID
    let result = git_odb_read_header(&size, &type, odb, id)
    guard result >= 0 else { throw GitError.last(result, during: "read a file's size") }
    guard UInt64(size) <= limits.maximumFile else {
      throw GitError(
        code: .limitExceeded,
        message: "the file \(Self.quoted(path)) has \(size) bytes, "
          + "at most \(limits.maximumFile) are allowed")
    }
    bytes += UInt64(size)
    guard bytes <= limits.maximumWorkspace else {
      throw GitError(
        code: .limitExceeded,
        message: "the commit's files have more than \(limits.maximumWorkspace) bytes")
    }
  }

  private static func bytes(_ text: UnsafePointer<CChar>?) -> [UInt8] {
    text.map { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) } ?? []
  }

  private static func quoted(_ path: [UInt8]) -> String {
    "'\(GitError.printable(String(decoding: path, as: UTF8.self)))'"
  }
}
