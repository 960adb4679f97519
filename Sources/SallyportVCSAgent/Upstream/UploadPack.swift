internal import NIOCore
internal import SallyportRelay
internal import Subprocess
internal import Synchronization
internal import SystemPackage

/// One run of `git upload-pack --stateless-rpc` for one request.
struct UploadPack: Sendable {
  /// Seconds without progress after which upload-pack gives up.
  private static let idleSeconds = 120

  let request: UpstreamRequest
  /// Of the repository.
  let directory: String

  /// - Throws: ``RequestRefusal`` where upload-pack failed, and what ended the body early.
  func run(body: CheckedBody, response: any SealedResponder) async throws {
    let outcome = try await Subprocess.run(
      .name("git"), arguments: arguments, environment: environment,
      platformOptions: ChildProcess.options, input: .inputWriter, output: .sequence,
      error: .discarded
    ) { execution in
      try await converse(execution, body, response)
    }
    guard outcome.terminationStatus.isSuccess || outcome.closureResult else {
      throw RequestRefusal(
        .upstreamInvalid, "git upload-pack ended with \(outcome.terminationStatus)")
    }
  }

  private var arguments: Arguments {
    var arguments = [
      // The operator named this directory; whose files they are does not matter.
      "-c", "safe.directory=\(directory)", "upload-pack", "--strict",
      "--timeout=\(Self.idleSeconds)", "--stateless-rpc",
    ]
    if request.path.resource == .advertisement { arguments.append("--http-backend-info-refs") }
    return Arguments(arguments + [directory])
  }

  private var environment: Environment {
    var variables: [Environment.Key: String] = [
      "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C",
      "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
    ]
    if let version = request.versionParameter { variables["GIT_PROTOCOL"] = version }
    return .custom(variables)
  }

  /// Feeds the body and sends the output until upload-pack has ended its output, or the body ends
  /// with an error: upload-pack would wait for the rest of it, and is killed.
  ///
  /// - Returns: Whether the output is an error that upload-pack reports to the client.
  private func converse(
    _ execution: Execution<CustomWriteInput, SequenceOutput, DiscardedOutput>,
    _ body: CheckedBody, _ response: any SealedResponder
  ) async throws -> Bool {
    let progress = Progress()
    var answer: UploadPackResponse?
    var failure: (any Error)?
    await withTaskGroup(of: Result<UploadPackResponse?, any Error>.self) { group in
      group.addTask {
        await Self.result {
          try await feed(body, to: execution.standardInputWriter)
          progress.isFed.store(true, ordering: .releasing)
          // Only now, so that the output that follows finds it set.
          try? await execution.standardInputWriter.finish()
          return nil
        }
      }
      group.addTask {
        await Self.result { try await send(execution.standardOutput, to: response, progress) }
      }
      for await result in group {
        switch result {
        case .success(nil): break
        case .success(let ended?):
          answer = ended
          // Whoever still sends, sends to nobody.
          group.cancelAll()
        case .failure(let error) where answer == nil && failure == nil:
          failure = error
          try? execution.send(signal: .kill, toProcessGroup: true)
          group.cancelAll()
        case .failure: break
        }
      }
    }
    try Task.checkCancellation()
    if let failure { throw failure }
    try await answer?.finish()
    return answer?.isError ?? false
  }

  private static func result(
    _ work: () async throws -> UploadPackResponse?
  ) async -> Result<UploadPackResponse?, any Error> {
    do { return .success(try await work()) } catch { return .failure(error) }
  }

  /// - Throws: What ends the body early: it is too large or malformed, or the worker has gone.
  private func feed(_ body: CheckedBody, to writer: StandardInputWriter) async throws {
    for try await piece in body {
      // Once upload-pack reads no more, its output and its status say why.
      guard let count = try? await writer.write(Array(piece.readableBytesView)),
        count == piece.readableBytes
      else { return }
    }
  }

  private func send(
    _ output: SubprocessOutputSequence, to response: any SealedResponder, _ progress: Progress
  ) async throws -> UploadPackResponse {
    var answer = UploadPackResponse(resource: request.path.resource, response: response)
    for try await buffer in output {
      let isFed = progress.isFed.load(ordering: .acquiring)
      try await answer.write(buffer.withUnsafeBytes { ByteBuffer(bytes: $0) }, mayStart: isFed)
    }
    return answer
  }

  private final class Progress: Sendable {
    /// The whole body has been read and was in order.
    let isFed = Atomic(false)
  }
}
