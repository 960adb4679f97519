import Glibc
import SallyportCore

/// One attempt's directories: made for it, removed after it.
struct Workspace: Sendable {
  /// Holds all of them; mode 0700.
  let root: String

  /// What the command finds as its working directory.
  var checkout: String { "\(root)/checkout" }
  var home: String { "\(root)/home" }
  var temporary: String { "\(root)/tmp" }

  /// Makes the directories. Blocks.
  ///
  /// - Throws: ``SystemError``, also where the workspace exists already: it must be fresh.
  static func create(_ attempt: AttemptID, in parent: String) throws(SystemError) -> Workspace {
    let workspace = Workspace(root: "\(parent)/\(attempt.fileName)")
    try make(workspace.root)
    try workspace.makeCheckoutDirectory()
    try make(workspace.home)
    try make(workspace.temporary)
    return workspace
  }

  func makeCheckoutDirectory() throws(SystemError) { try Self.make(checkout) }

  private static func make(_ directory: String) throws(SystemError) {
    guard mkdir(directory, 0o700) == 0 else { throw .last("make \(directory)") }
  }

  /// Removes everything. Blocks, for long where the job left much.
  func remove() throws(SystemError) { try DirectoryRemoval.remove(root) }
}
