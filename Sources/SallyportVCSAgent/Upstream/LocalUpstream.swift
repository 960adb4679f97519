internal import FoundationEssentials
internal import Glibc
internal import NIOCore
internal import SallyportCore
package import SallyportRelay
internal import Subprocess
internal import SystemPackage

/// Bare repositories below a directory, served by `git upload-pack` as a child process.
package struct LocalUpstream: Upstream {
  /// Seconds without progress after which upload-pack gives up.
  private static let idleSeconds = 120

  private let root: String

  /// - Parameter directory: Absolute. `team/app.git` is `<directory>/team/app.git`.
  package init(directory: String) { root = directory }

  package func serve(
    _ request: GitRequest, body: MeteredBody, response: any SealedResponder
  ) async throws {
    // upload-pack reads plain bodies only, and an inflater here would need limits of its own.
    guard !request.isCompressed else {
      throw RequestRefusal(.contentEncoding, "local repositories take no compressed bodies")
    }
    let directory = try resolve(request.path.repository)
    let status = try await run(
      .name("git"), arguments: arguments(request, directory),
      environment: environment(request), platformOptions: ChildProcess.options,
      input: .inputWriter, output: .sequence, error: .discarded
    ) { execution in
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await Self.feed(body, to: execution.standardInputWriter) }
        try await Self.send(
          execution.standardOutput, of: request.path.resource, to: response)
        try await group.waitForAll()
      }
    }.terminationStatus
    guard status.isSuccess else {
      throw RequestRefusal(.upstreamInvalid, "git upload-pack ended with \(status)")
    }
  }

  /// The repository's real directory, which must be below the root's: a link out of the tree
  /// would serve what the allowlist never named.
  private func resolve(_ name: RepositoryName) throws(RequestRefusal) -> String {
    guard let base = realPath(root) else {
      throw RequestRefusal(.upstreamUnreachable, "\(root) does not exist")
    }
    guard let directory = realPath("\(root)/\(name)"), directory.hasPrefix(base + "/"),
      access("\(directory)/HEAD", R_OK) == 0, access("\(directory)/objects", X_OK) == 0
    else { throw RequestRefusal(.notFound) }
    return directory
  }

  private func arguments(_ request: GitRequest, _ directory: String) -> Arguments {
    var arguments = [
      // The operator named this directory; whose files they are does not matter.
      "-c", "safe.directory=\(directory)", "upload-pack", "--strict",
      "--timeout=\(Self.idleSeconds)", "--stateless-rpc",
    ]
    if request.path.resource == .advertisement { arguments.append("--http-backend-info-refs") }
    return Arguments(arguments + [directory])
  }

  private func environment(_ request: GitRequest) -> Environment {
    var variables: [Environment.Key: String] = [
      "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C",
      "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
    ]
    if let version = request.protocolVersion { variables["GIT_PROTOCOL"] = version }
    return .custom(variables)
  }

  private static func feed(
    _ body: MeteredBody, to writer: StandardInputWriter
  ) async throws {
    for try await piece in body {
      let count = try await writer.write(Array(piece.readableBytesView))
      guard count == piece.readableBytes else {
        throw RequestRefusal(.upstreamInvalid, "git upload-pack stopped reading")
      }
    }
    try await writer.finish()
  }

  /// The head goes out with the first bytes: before that, a failure is still an answer.
  private static func send(
    _ output: SubprocessOutputSequence, of resource: RepositoryPath.Resource,
    to response: any SealedResponder
  ) async throws {
    var isStarted = false
    for try await buffer in output {
      if !isStarted {
        isStarted = true
        try await response.start(GitResponseHead.make(for: resource))
        if resource == .advertisement {
          try await response.write(ByteBuffer(string: "001e# service=git-upload-pack\n0000"))
        }
      }
      try await response.write(buffer.withUnsafeBytes { ByteBuffer(bytes: $0) })
    }
    // A negotiation round may be answered with nothing.
    if !isStarted, resource == .uploadPack {
      try await response.start(GitResponseHead.make(for: resource))
    }
  }

  private func realPath(_ path: String) -> String? {
    guard let resolved = Glibc.realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
