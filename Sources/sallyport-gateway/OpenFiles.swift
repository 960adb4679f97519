import Glibc

/// Descriptors that this process may have open: one for each connection.
enum OpenFiles {
  /// Asks for as many as the host lets this process have. What it is refused costs connections
  /// later, and nothing now.
  static func raiseLimit() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}
