internal import CLibGit2
internal import SallyportCore

/// A bare repository in the worker's cache that holds what was fetched before.
///
/// Only the holder of ``FileLock`` on ``lockPath`` touches it. Whatever kills the process leaves
/// either a usable mirror or leftovers that ``removeLeftovers()`` recognises, as no other writer
/// exists while the lock is held: libgit2 renames a pack into place only when it is whole.
struct GitMirror {
  let path: String
  let lockPath: String

  /// - Parameters:
  ///   - directory: The worker's cache.
  ///   - pool: VCS pool: the same name in two pools is two repositories.
  init(directory: String, pool: String, repository: RepositoryName) throws(GitError) {
    let identity = "\(pool)\0\(repository)"
    var oid = git_oid()
    let bytes = Array(identity.utf8)
    try GitError.check(during: "name the mirror") {
      git_odb_hash(&oid, bytes, bytes.count, GIT_OBJECT_BLOB)
    }
    let name = GitObjectID(oid).hexadecimal
    self.init(base: "\(directory)/\(name)")
  }

  /// - Parameter base: What the names of the mirror and of its lock begin with.
  init(base: String) {
    path = "\(base).git"
    lockPath = "\(base).lock"
  }

  var packDirectory: String { "\(path)/objects/pack" }

  /// Opens the mirror, making it where there is none.
  func open(maximumPacks: Int) throws(GitError) -> GitHandle {
    try removeLeftovers()
    if try packNames().count > maximumPacks { try discard() }
    if !FileTree.exists(path) { try create() }
    let path = self.path
    return try GitHandle("open the mirror", release: git_repository_free) {
      git_repository_open_bare(&$0, path)
    }
  }

  /// Removes the mirror. The rename comes first, so that a half-removed mirror is never opened.
  func discard() throws(GitError) {
    guard FileTree.exists(path) else { return }
    let trash = "\(path).trash"
    try FileTree.remove(trash)
    try FileTree.rename(path, to: trash)
    try FileTree.remove(trash)
  }

  /// Base names of packs that have their index.
  func packNames() throws(GitError) -> [String] {
    let names = Set(try FileTree.names(in: packDirectory))
    return names.filter { $0.hasSuffix(".pack") }.map { String($0.dropLast(5)) }
      .filter { names.contains("\($0).idx") }.sorted()
  }

  private func create() throws(GitError) {
    let fresh = "\(path).new"
    try FileTree.remove(fresh)
    try FileTree.makeDirectory(fresh)
    try RepositoryTemplate.initialise(fresh, workdir: nil)
    try FileTree.rename(fresh, to: path)
  }

  /// Removes what an interrupted fetch leaves: temporary packs, indexes without their pack, lock
  /// files of references and configuration.
  private func removeLeftovers() throws(GitError) {
    for leftover in ["\(path).new", "\(path).trash"] { try FileTree.remove(leftover) }
    let names = try FileTree.names(in: packDirectory)
    let packs = Set(names)
    for name in names {
      let isOrphan = name.hasSuffix(".idx") && !packs.contains("\(name.dropLast(4)).pack")
      let isTemporary = !name.hasSuffix(".idx") && !name.hasSuffix(".pack")
      if isOrphan || isTemporary { try FileTree.remove("\(packDirectory)/\(name)") }
    }
    try removeLocks(in: path, depth: 0)
  }

  private func removeLocks(in directory: String, depth: Int) throws(GitError) {
    for name in try FileTree.names(in: directory) {
      if name.hasSuffix(".lock") { try FileTree.remove("\(directory)/\(name)") }
      let descend = depth > 0 || name == "refs"
      if descend, depth < 64, FileTree.isDirectory("\(directory)/\(name)") {
        try removeLocks(in: "\(directory)/\(name)", depth: depth + 1)
      }
    }
  }
}
