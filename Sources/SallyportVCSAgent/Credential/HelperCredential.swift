internal import Subprocess
internal import Synchronization
internal import SystemPackage

/// A credential from a Git credential helper: any program that speaks git-credential(1)'s protocol
/// on standard input and output.
///
/// Run without a shell. Its answer is kept for a minute, because one fetch makes several requests,
/// and forgotten when the server refuses it. One helper runs at a time: requests that need an answer
/// while it runs share it.
package final class HelperCredential: CredentialSource {
  package struct Limits: Sendable, Hashable {
    package var timeout: Duration = .seconds(30)
    /// Bytes.
    package var output = 16 << 10
    package var lifetime: Duration = .seconds(60)

    package init() {}
  }

  private struct Kept {
    let credential: GitCredential
    let until: ContinuousClock.Instant
  }

  private let command: [String]
  private let limits: Limits
  private let kept = Mutex<Kept?>(nil)
  private let call = SharedCall<GitCredential>()

  /// - Parameter command: The program, absolute or looked up in PATH, and its arguments; `get` is
  ///   appended.
  package init(command: [String], limits: Limits = Limits()) {
    self.command = command
    self.limits = limits
  }

  package func credential(for url: UpstreamURL) async throws -> GitCredential {
    if let kept = kept.withLock({ $0 }), kept.until > .now { return kept.credential }
    return try await call.value {
      let output = try await withTimeout { try await self.ask(for: url) }
      let credential = try Self.parse(output)
      kept.withLock { $0 = Kept(credential: credential, until: .now + limits.lifetime) }
      return credential
    }
  }

  package func refused() async { kept.withLock { $0 = nil } }

  private func ask(for url: UpstreamURL) async throws -> [UInt8] {
    guard let program = command.first else {
      throw RequestRefusal(.credential, "no credential helper is configured")
    }
    let question = "protocol=https\nhost=\(url.authority)\n\n"
    let executable: Executable =
      program.hasPrefix("/") ? .path(FilePath(program)) : .name(program)
    do {
      let result = try await run(
        executable, arguments: Arguments(Array(command.dropFirst()) + ["get"]),
        platformOptions: ChildProcess.options, input: .inputWriter,
        output: .bytes(limit: limits.output), error: .discarded
      ) { execution in
        // A helper need not read the question.
        _ = try? await execution.standardInputWriter.write(Array(question.utf8))
        try await execution.standardInputWriter.finish()
      }
      guard result.terminationStatus.isSuccess else {
        throw RequestRefusal(.credential, "the helper ended with \(result.terminationStatus)")
      }
      return result.standardOutput
    } catch let error as SubprocessError {
      // Never the error's own text, which may hold output.
      throw RequestRefusal(.credential, "the helper failed (\(error.code))")
    }
  }

  private func withTimeout(
    _ work: @escaping @Sendable () async throws -> [UInt8]
  ) async throws -> [UInt8] {
    let timeout = limits.timeout
    return try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
      group.addTask { try await work() }
      group.addTask {
        try await Task.sleep(for: timeout)
        return nil
      }
      defer { group.cancelAll() }
      guard let first = try await group.next(), let output = first else {
        throw RequestRefusal(.credential, "the helper did not answer within \(timeout)")
      }
      return output
    }
  }

  private static func parse(_ output: [UInt8]) throws(RequestRefusal) -> GitCredential {
    var values: [String: String] = [:]
    for line in output.split(separator: UInt8(ascii: "\n")) {
      guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else { continue }
      values[String(decoding: line[..<equals], as: UTF8.self)] =
        String(decoding: line[(equals + 1)...], as: UTF8.self)
    }
    guard let username = values["username"], let password = values["password"] else {
      throw RequestRefusal(.credential, "the helper answered without user name and password")
    }
    return try GitCredential(username: username, password: password)
  }
}
