internal import CLibGit2
internal import Synchronization

/// The library, initialised once and configured for input that nobody trusts.
///
/// Configuration is process-wide and must not change while another thread works, so it happens
/// exactly once, with the limits of the first checkout, and the library stays initialised for the
/// life of the process.
package enum LibGit2 {
  private static let initialised = Mutex<Result<Void, GitError>?>(nil)

  static func require(_ limits: GitLimits) throws(GitError) {
    let result = initialised.withLock { initialised in
      let result =
        initialised ?? Result { () throws(GitError) in try configure(limits) }
      initialised = result
      return result
    }
    try result.get()
  }

  /// The linked library's version, for `--version`.
  package static var version: String {
    var (major, minor, revision): (Int32, Int32, Int32) = (0, 0, 0)
    git_libgit2_version(&major, &minor, &revision)
    return "\(major).\(minor).\(revision)"
  }

  private static func configure(_ limits: GitLimits) throws(GitError) {
    let references = git_libgit2_init()
    guard references > 0 else { throw GitError.last(references, during: "initialise libgit2") }

    // Nobody's configuration but the one that we write: a system or user file could name filters,
    // alternates, url rewrites or an attributes file.
    let levels = [
      GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL,
      GIT_CONFIG_LEVEL_PROGRAMDATA,
    ]
    for level in levels {
      try GitError.check(during: "isolate the configuration") {
        sallyport_git_option_search_path(level.rawValue, "")
      }
    }
    let switches: [(git_libgit2_opt_t, Int32)] = [
      (GIT_OPT_ENABLE_STRICT_OBJECT_CREATION, 1),
      (GIT_OPT_ENABLE_STRICT_SYMBOLIC_REF_CREATION, 1),
      (GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 1),
      // A mirror outlives a power cut: the pack is durable before a reference names it.
      (GIT_OPT_ENABLE_FSYNC_GITDIR, 1),
    ]
    for (option, value) in switches {
      try GitError.check(during: "configure libgit2") {
        sallyport_git_option_int(Int32(option.rawValue), value)
      }
    }
    let sizes: [(git_libgit2_opt_t, Int)] = [
      (GIT_OPT_SET_MWINDOW_SIZE, 32 << 20),
      (GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, 256 << 20),
      (GIT_OPT_SET_PACK_MAX_OBJECTS, GitLimits.hardMaximumObjects),
      // Bounds what applying a delta may produce (CVE-2026-53585).
      (GIT_OPT_SET_PACK_MAX_OBJECT_SIZE, limits.maximumObject),
    ]
    for (option, value) in sizes {
      try GitError.check(during: "configure libgit2") {
        sallyport_git_option_size(Int32(option.rawValue), value)
      }
    }
    try GitError.check(during: "configure libgit2") {
      sallyport_git_option_ssize(Int32(GIT_OPT_SET_CACHE_MAX_SIZE.rawValue), 64 << 20)
    }
  }
}
