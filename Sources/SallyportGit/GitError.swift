internal import CLibGit2

/// Why a checkout did not happen.
package struct GitError: Error, Sendable, CustomStringConvertible {
  package enum Code: Hashable, Sendable {
    /// A ref or commit id is not of an accepted form; nothing was asked of the server.
    case invalidName
    /// The VCS agent refused the repository, or it does not exist: the agent does not say which.
    case repositoryUnavailable
    case refNotFound
    case commitNotFound
    /// The ref exists, but the commit asked for is not part of its history.
    case commitNotInRef
    /// The response ended in the middle.
    case truncated
    /// Nothing arrived for ``GitLimits/idleTimeout``.
    case stalled
    /// The exchange with the VCS agent failed; see ``GitError/cause``.
    case exchangeFailed
    /// The Git server, or the VCS agent in its place, said that it does not serve this.
    case refusedByServer
    /// The server sent what no server sends.
    case protocolViolation
    /// One of ``GitLimits`` was exceeded.
    case limitExceeded
    /// The repository's content may not be checked out (a path into `.git`, for example).
    case unsafeContent
    /// A file or directory of the cache or workspace cannot be read or written.
    case fileSystem
    /// The mirror is damaged. It is re-made once before this is reported.
    case mirrorBroken
    case cancelled
    case library
  }

  package let code: Code
  package let message: String
  package let cause: (any Error)?

  package init(code: Code, message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  package var description: String { message }

  static let cancelled = GitError(code: .cancelled, message: "the checkout was cancelled")

  /// The error that the library set on this thread. Call it right after the failed call.
  static func last(_ result: Int32, during action: String) -> GitError {
    let last = git_error_last()
    let text = last.map { String(cString: $0.pointee.message) } ?? "malformed data (\(result))"
    let code = Code(libraryClass: last.map { $0.pointee.klass } ?? 0)
    return GitError(code: code, message: "cannot \(action): \(printable(text))")
  }

  static func check(during action: String, _ call: () -> Int32) throws(GitError) {
    // What an earlier call left is not this one's reason.
    git_error_clear()
    let result = call()
    guard result >= 0 else { throw last(result, during: action) }
  }

  /// The text with control characters replaced: part of it may come from the server.
  static func printable(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.prefix(512).map {
          $0.properties.generalCategory == .control || $0.properties.generalCategory == .format
            ? "\u{FFFD}" : $0
        }))
  }
}

extension GitError.Code {
  fileprivate init(libraryClass: Int32) {
    switch git_error_t(rawValue: UInt32(bitPattern: libraryClass)) {
    case GIT_ERROR_ODB, GIT_ERROR_ZLIB, GIT_ERROR_INDEXER, GIT_ERROR_OBJECT, GIT_ERROR_REPOSITORY,
      GIT_ERROR_REFERENCE, GIT_ERROR_CONFIG, GIT_ERROR_TREE, GIT_ERROR_SHA:
      self = .mirrorBroken
    case GIT_ERROR_NET: self = .protocolViolation
    case GIT_ERROR_OS, GIT_ERROR_FILESYSTEM: self = .fileSystem
    case GIT_ERROR_CHECKOUT, GIT_ERROR_INDEX: self = .unsafeContent
    default: self = .library
    }
  }
}
