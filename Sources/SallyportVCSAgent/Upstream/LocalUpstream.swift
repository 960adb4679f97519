internal import Glibc
internal import SallyportCore
package import SallyportRelay

/// Bare repositories below a directory, served by `git upload-pack` as a child process.
package struct LocalUpstream: Upstream {
  private let root: String
  /// A directory may be on a file server that does not answer: only its own requests wait then.
  private let files = BlockingQueue(label: "sallyport.repositories")

  /// - Parameter directory: Absolute. `team/app.git` is `<directory>/team/app.git`.
  package init(directory: String) { root = directory }

  package func serve(
    _ request: UpstreamRequest, body: CheckedBody, response: any SealedResponder
  ) async throws {
    let root = root
    let directory = try await files.run {
      try Self.resolve(request.path.repository, below: root)
    }
    try await UploadPack(request: request, directory: directory)
      .run(body: body, response: response)
  }

  /// The repository's real directory, which must be below the root's: a link out of the tree
  /// would serve what the allowlist never named. Blocks.
  private static func resolve(
    _ name: RepositoryName, below root: String
  ) throws(RequestRefusal) -> String {
    guard let base = realPath(root) else {
      throw RequestRefusal(.upstreamUnreachable, "\(root) does not exist")
    }
    let prefix = base.hasSuffix("/") ? base : base + "/"
    guard let directory = realPath("\(root)/\(name)"), directory.hasPrefix(prefix),
      access("\(directory)/HEAD", R_OK) == 0, access("\(directory)/objects", X_OK) == 0
    else { throw RequestRefusal(.notFound) }
    return directory
  }

  private static func realPath(_ path: String) -> String? {
    guard let resolved = Glibc.realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
