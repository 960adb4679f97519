import Logging
import SallyportCore
import SallyportLedger
import SallyportMasking
import SallyportSecrets

/// Asks providers for a job's secrets, records that, and writes those that the job gets as files.
struct SecretStage: Sendable {
  let control: AttemptControl
  let deadline: BootInstant
  let variables: TakenVariables
  let orphans: AdoptedOrphans
  let sealed: SealedSecretProvider?
  let ledger: any LedgerRecording
  let metrics: WorkerMetrics
  let logger: Logger

  /// - Parameter masks: From then on they have the values.
  /// - Throws: `SecretFailure`; `MaskError`; ``SecretFolderError``; ``AttemptFailure`` where it cannot
  ///   be recorded; ``AttemptStopped`` where the attempt ends meanwhile.
  func handOut(
    _ granted: [GrantedSecret], to attempt: AttemptID, files: SecretFolder, disk: Disk,
    masks: JobMasks, log: AttemptLog
  ) async throws -> HandedOutSecrets {
    guard !granted.isEmpty else { return HandedOutSecrets() }
    let values = try await values(of: granted, for: attempt)
    // Many secrets take a second: not on the connection's loop.
    let unmasked = try await withTaskExecutorPreference(globalConcurrentExecutor) {
      try masks.begin(
        with: values.sorted { $0.key < $1.key }.map { Self.masked($0.key, $0.value) })
    }
    let handedOut = try delivered(granted, values)
    try await record(granted, for: attempt)
    if !handedOut.files.isEmpty {
      let contents = handedOut.files
      try await disk.perform { try files.write(contents) }
    }
    try control.requireLease()
    await log.note(oneLine("secrets: " + granted.map { "\($0.secret)" }.joined(separator: ", ")))
    for secret in unmasked { await log.note(oneLine("\(secret)")) }
    return handedOut
  }

  /// Without its last line end, which is no part of it wherever it is printed.
  private static func masked(_ name: SecretName, _ value: SecretValue) -> MaskedSecret {
    MaskedSecret(name: name.rawValue, value: value.withoutLineEnd.withBytes { Array($0) })
  }

  /// One call of each source, all at once; the first that fails ends the others.
  private func values(
    of granted: [GrantedSecret], for attempt: AttemptID
  ) async throws -> [SecretName: SecretValue] {
    let sources = Dictionary(grouping: granted, by: \.source).mapValues { $0.map(\.secret.name) }
    return try await withThrowingTaskGroup(of: [SecretName: SecretValue]?.self) { group in
      for (source, names) in sources {
        group.addTask { try await call(source, names.sorted(), for: attempt) }
      }
      group.addTask { throw AttemptStopped(stop: try await control.stopped.wait()) }
      group.addTask {
        try await Task.sleep(for: max(BootInstant.now().duration(to: deadline), .zero))
        throw AttemptStopped(stop: .init(.timedOut, detail: "while its secrets were asked for"))
      }
      defer { group.cancelAll() }
      var values: [SecretName: SecretValue] = [:]
      var waiting = sources.count
      while waiting > 0, let answer = try await group.next() {
        values.merge(answer ?? [:]) { $1 }
        waiting -= 1
      }
      return values
    }
  }

  private func call(
    _ source: SecretSource, _ names: [SecretName], for attempt: AttemptID
  ) async throws -> [SecretName: SecretValue] {
    let kind = source.provider.kind
    let began = ContinuousClock.now
    do {
      let call = ProviderCall(
        source: source, names: names, attempt: attempt, variables: variables, orphans: orphans,
        sealed: sealed, logger: logger)
      let secrets = try source.secrets(in: try await call.answer(), wanted: names)
      metrics.provided(kind, "ok", since: began)
      return secrets
    } catch let failure as SecretFailure {
      metrics.provided(kind, failure.code.rawValue, since: began)
      report(failure)
      throw failure
    } catch {
      metrics.provided(kind, "cancelled", since: began)
      throw error
    }
  }

  private func delivered(
    _ granted: [GrantedSecret], _ values: [SecretName: SecretValue]
  ) throws(SecretFailure) -> HandedOutSecrets {
    var handedOut = HandedOutSecrets()
    for one in granted {
      guard let value = values[one.secret.name] else { continue }
      do {
        try handedOut.add(value, as: one.secret, from: one.source.provider.kind)
      } catch {
        report(error)
        throw error
      }
    }
    return handedOut
  }

  private func report(_ failure: SecretFailure) {
    logger.error(
      "secret not provided",
      metadata: [
        "secrets": "\(failure.names.map(\.rawValue).joined(separator: " "))",
        "provider": "\(failure.kind.rawValue)", "reason": "\(failure.reason)",
      ])
  }

  private func record(_ granted: [GrantedSecret], for attempt: AttemptID) async throws {
    do throws(LedgerError) {
      try await ledger.append(
        LedgerSecrets(
          attempt, names: LedgerList(granted.map(\.secret.name.rawValue)),
          providers: LedgerList(granted.map(\.source.provider.kind.rawValue))))
    } catch {
      throw AttemptFailure(
        "the job got no secrets: the worker's ledger cannot record that it does: \(error)")
    }
  }
}
