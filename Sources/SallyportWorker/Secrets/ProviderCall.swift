import Glibc
import Logging
import SallyportConfig
import SallyportCore
import SallyportSecrets

/// One call of a secret provider, within its time and size.
struct ProviderCall: Sendable {
  let source: SecretSource
  /// For messages.
  let names: [SecretName]
  let attempt: AttemptID
  let variables: TakenVariables
  let orphans: AdoptedOrphans
  /// Nil where this worker has no key of its pool.
  let sealed: SealedSecretProvider?
  let logger: Logger

  /// - Throws: `SecretFailure`; `CancellationError`.
  func answer() async throws -> SecretValue {
    switch source.provider {
    case .environment(let variable):
      guard let value = variables[variable] else {
        throw failure(.failed, "the worker was started without the variable \(variable)")
      }
      guard value.count <= source.maximumSize else { throw tooLarge }
      return value
    case .file(let path): return try await file(path)
    case .command(let command): return try await run(command)
    case .sealed(let context): return try await open(context)
    }
  }

  private func open(_ context: ContextName) async throws -> SecretValue {
    guard let sealed else { throw failure(.failed, "secrets.pool-keys is not set") }
    guard let name = names.first, names.count == 1 else {
      throw failure(.failed, "a sealed secret has one name")
    }
    do {
      let value = try await withDeadline(source.timeout) {
        try await sealed.secret(name, in: context, for: attempt)
      }
      guard value.count <= source.maximumSize else { throw tooLarge }
      return value
    } catch is DeadlinePassed {
      throw failure(.timedOut, "the gateway did not answer within \(shownTimeout)")
    } catch let error as SealedSecretError {
      throw failure(.failed, "\(error)")
    }
  }

  /// On a thread of its own: a file may be on a file system that does not answer.
  private func file(_ path: String) async throws -> SecretValue {
    let result = Latch<Result<SecretValue, SecretFailure>>()
    let limit = source.maximumSize
    do throws(SystemError) {
      try NativeThread.start(name: "secret-file") {
        do throws(SecretFileError) {
          result.set(.success(try SecretFileReader.read(path, limit: limit)))
        } catch {
          switch error {
          case .tooLarge: result.set(.failure(tooLarge))
          case .other(let reason): result.set(.failure(failure(.failed, reason)))
          }
        }
      }
    } catch {
      throw failure(.failed, "\(error)")
    }
    do {
      return try await withDeadline(source.timeout) { try await result.wait() }.get()
    } catch is DeadlinePassed {
      throw failure(.timedOut, "\(path) was not read within \(shownTimeout)")
    }
  }

  private func run(_ command: SecretCommand) async throws -> SecretValue {
    let process = ProviderProcess(
      arguments: command.arguments, environment: environment(of: command),
      timeout: source.timeout, maximumOutput: source.maximumSize, orphans: orphans)
    let ending: ProviderProcess.Ending
    do {
      ending = try await process.run()
    } catch let error as SystemError {
      throw failure(.failed, "\(error)")
    }
    // What it says of a success nobody needs.
    if ending.cause != .ended(.exited(code: 0)) { report(ending) }
    switch ending.cause {
    case .ended(.some(.exited(code: 0))): return ending.output
    case .ended(let status):
      throw failure(.failed, "its command ended with \(status.map { "\($0)" } ?? "nothing")")
    case .timedOut: throw failure(.timedOut, "its command did not end within \(shownTimeout)")
    case .tooLong: throw tooLarge
    case .cancelled: throw CancellationError()
    }
  }

  private func report(_ ending: ProviderProcess.Ending) {
    // Of what was cut off there is no telling what is to be hidden.
    guard ending.cause != .tooLong else { return }
    let text = ProviderComplaint.text(
      ending.complaint, isWhole: ending.isComplaintWhole, hiding: ending.output)
    guard !text.isEmpty else { return }
    logger.notice(
      "secret provider complained",
      metadata: [
        "secrets": "\(names.map(\.rawValue).joined(separator: " "))", "stderr": "\(text)",
      ])
  }

  /// Names the attempt, so that a worker that was killed finds afterwards what is left of it.
  private func environment(of command: SecretCommand) -> [String: String] {
    var environment = [
      "PATH": JobEnvironment.defaultPath, "LANG": "C.UTF-8",
      "HOME": getenv("HOME").map { String(cString: $0) } ?? "/",
    ]
    environment.merge(command.variables) { $1 }
    environment["SALLYPORT_JOB_ID"] = attempt.job.rawValue
    environment["SALLYPORT_EPOCH"] = String(attempt.epoch)
    return environment
  }

  private var shownTimeout: String { DurationText.format(source.timeout) }

  private var tooLarge: SecretFailure {
    failure(.tooLarge, "it gave more than \(ByteSizeText.format(source.maximumSize))")
  }

  private func failure(_ code: SecretFailure.Code, _ reason: String) -> SecretFailure {
    SecretFailure(code, names, source.provider.kind, reason)
  }
}
