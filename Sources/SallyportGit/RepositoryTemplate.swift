internal import CLibGit2

/// Makes repositories with nothing in them: no template, no hooks, no remote, and a configuration
/// of which every line is here.
enum RepositoryTemplate {
  /// - Parameters:
  ///   - path: The repository's own directory (`<workspace>/.git`, or the mirror).
  ///   - workdir: Nil for a bare repository.
  static func initialise(_ path: String, workdir: String?) throws(GitError) {
    var options = git_repository_init_options()
    try GitError.check(during: "prepare a repository") {
      git_repository_init_options_init(&options, UInt32(GIT_REPOSITORY_INIT_OPTIONS_VERSION))
    }
    options.flags =
      GIT_REPOSITORY_INIT_NO_REINIT.rawValue | GIT_REPOSITORY_INIT_MKDIR.rawValue
      | GIT_REPOSITORY_INIT_MKPATH.rawValue
    if workdir == nil { options.flags |= GIT_REPOSITORY_INIT_BARE.rawValue }
    let repository = try GitHandle("create the repository \(path)", release: git_repository_free) {
      pointer in
      "main".withCString { head in
        options.initial_head = head
        return git_repository_init_ext(&pointer, workdir ?? path, &options)
      }
    }
    // libgit2's own template brings sample hooks and a description.
    for leftover in ["hooks", "description"] { try FileTree.remove("\(path)/\(leftover)") }
    let config = try GitHandle("configure the repository", release: git_config_free) {
      git_repository_config(&$0, repository.pointer)
    }
    let settings: [(String, Bool)] = [
      ("core.filemode", true),
      ("core.symlinks", true),
      ("core.logAllRefUpdates", false),
      ("core.autocrlf", false),
      // Names that HFS+ or NTFS would take for `.git` are refused on every file system: the tree
      // may travel on (CVE-2014-9390, CVE-2019-1352, CVE-2019-1353).
      ("core.protectHFS", true),
      ("core.protectNTFS", true),
    ]
    for (key, value) in settings {
      try GitError.check(during: "configure the repository") {
        git_config_set_bool(config.pointer, key, value ? 1 : 0)
      }
    }
  }
}
