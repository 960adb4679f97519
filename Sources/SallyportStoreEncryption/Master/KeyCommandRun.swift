internal import Glibc
internal import SallyportBytes
internal import SallyportMasking
internal import Subprocess
internal import SystemPackage

/// One run of a command: without a shell, in a session of its own that is killed when its time is
/// over.
struct KeyCommandRun {
  /// Characters of its standard error that are shown.
  private static let maximumComplaint = 256

  let command: KeyCommand
  let limits: KeyCommandLimits

  private struct Result {
    var succeeded: Bool
    var status: String
    var output: [UInt8]
    var complaint: [UInt8]
  }

  /// - Parameter key: Masked in what the command writes to standard error.
  func output(
    for input: [UInt8], hiding key: SymmetricKeyBytes?
  ) async throws(EncryptionError) -> [UInt8] {
    var result: Result
    do {
      result = try await withTimeout { try await self.answer(to: input) }
    } catch let error as EncryptionError {
      throw error
    } catch let error as SubprocessError where error.code == .outputLimitExceeded {
      throw failure("wrote more than \(limits.output) bytes")
    } catch let error as SubprocessError {
      // Never the error's own text, which may hold output.
      throw failure("could not be run (\(error.code))")
    } catch {
      throw failure("was interrupted")
    }
    guard result.succeeded else {
      let complaint = shown(result.complaint, hiding: key, result.output)
      result.output.wipe()
      throw failure("ended with \(result.status)" + (complaint.isEmpty ? "" : ": \(complaint)"))
    }
    return result.output
  }

  private func answer(to input: [UInt8]) async throws -> Result {
    _ = Self.ignoreBrokenPipes
    let program = command.arguments.first ?? ""
    let result = try await run(
      program.contains("/") ? .path(FilePath(program)) : .name(program),
      arguments: Arguments(Array(command.arguments.dropFirst())),
      platformOptions: Self.options, input: .inputWriter, output: .bytes(limit: limits.output),
      error: .bytes(limit: limits.output)
    ) { execution in
      // Whether a command has read its input shows in its answer.
      _ = try? await execution.standardInputWriter.write(input)
      try await execution.standardInputWriter.finish()
    }
    return Result(
      succeeded: result.terminationStatus.isSuccess, status: "\(result.terminationStatus)",
      output: result.standardOutput, complaint: result.standardError)
  }

  private func withTimeout(
    _ work: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    let timeout = limits.timeout
    let late = failure("did not answer within \(timeout)")
    return try await withThrowingTaskGroup(of: Result?.self) { group in
      group.addTask { try await work() }
      group.addTask {
        try await Task.sleep(for: timeout)
        return nil
      }
      defer { group.cancelAll() }
      guard let first = try await group.next(), let result = first else { throw late }
      return result
    }
  }

  /// One line of what the command complained about, without any form of the key that it was given or
  /// gave: nothing where that cannot be promised.
  private func shown(
    _ complaint: [UInt8], hiding key: SymmetricKeyBytes?, _ output: [UInt8]
  ) -> String {
    var secrets: [MaskedSecret] = []
    if let key {
      secrets.append(MaskedSecret(name: "key", value: key.withBytes { Array($0) }))
    }
    if !output.isEmpty {
      secrets.append(MaskedSecret(name: "output", value: output))
      secrets.append(MaskedSecret(name: "key", value: Array(output.suffix(TenantKey.length))))
    }
    guard let masker = try? LogMasker(secrets) else { return "" }
    let text = String(decoding: masker.masked(complaint), as: UTF8.self)
    let line = text.unicodeScalars.prefix(4 * Self.maximumComplaint).map { scalar in
      scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
        ? " " : Character(scalar)
    }
    return String(line.prefix(Self.maximumComplaint))
      .split(separator: " ").joined(separator: " ")
  }

  private func failure(_ what: String) -> EncryptionError {
    EncryptionError(.commandFailed, "the master key's command \(command.name) \(what)")
  }

  private static var options: PlatformOptions {
    var options = PlatformOptions()
    options.createSession = true
    options.teardownSequence = [
      .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .seconds(1))
    ]
    return options
  }

  /// A child that exits without reading its input must not end this process: writing to it fails
  /// with EPIPE instead.
  private static let ignoreBrokenPipes: Void = { signal(SIGPIPE, SIG_IGN) }()
}
