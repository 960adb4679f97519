import HTTPTypes
import Logging
import SallyportCore
import SallyportLedger
import SallyportRelay

/// Fetches and checks out what a job names, through a relay that the gateway splices, again where
/// the connection breaks on the way.
struct CheckoutStage: Sendable {
  let control: AttemptControl
  let links: LinkBoard
  let provider: any CheckoutProvider
  let log: AttemptLog
  let workspaceDisk: Disk
  let ledger: any LedgerRecording
  let logger: Logger
  let retries: CheckoutRetries

  /// - Returns: The commit, 40 hexadecimal digits.
  /// - Throws: ``AttemptFailure``; ``AttemptStopped`` where the lease is over; `CancellationError`.
  func run(_ specification: CheckoutSpecification, into workspace: Workspace) async throws -> String
  {
    var retries = retries
    let start = BootInstant.now()
    while true {
      do {
        return try await fetch(specification, into: workspace)
      } catch let failure as AttemptFailure {
        throw failure
      } catch let stopped as AttemptStopped {
        throw stopped
      } catch {
        try Task.checkCancellation()
        let reason = Self.describe(error)
        let spent = start.duration(to: .now())
        guard let pause = retryDelay(after: error),
          let delay = retries.next(atLeast: pause, after: spent)
        else {
          throw AttemptFailure("checkout failed\(retries.spent(spent)): \(reason)")
        }
        await log.note("checkout interrupted, trying again: \(reason)")
        try await Task.sleep(for: delay)
        try await refresh(workspace)
      }
    }
  }

  private func fetch(
    _ specification: CheckoutSpecification, into workspace: Workspace
  ) async throws -> String {
    let (links, log, control) = (links, log, control)
    let (ledger, attempt) = (ledger, control.attempt)
    let relay = RecordedRelay(ledger: ledger, attempt: attempt, logger: logger)
    let request = relayRequest(specification)
    let checkout = try await provider.checkOut(
      specification, into: workspace.checkout,
      through: { body in
        try await links.withAccess(.bound) { access in
          guard let dialer = access.dialer else {
            throw AttemptFailure(
              "this worker has no inner certificate: install one with 'sallyport trust issue'")
          }
          // Waiting for a connection may have taken longer than the lease.
          try control.requireLease()
          try await relay.withSealedChannel(request, through: dialer) { channel in
            await log.note("sealed channel to \(channel.peer.spiffeID) established")
            if let grant = specification.grant {
              try await GrantPresentation(channel: channel, job: attempt.job, ledger: ledger)
                .present(grant)
            }
            try await body(channel)
          }
        }
      },
      progress: { log.noteBlocking(oneLine($0)) })
    await log.note(oneLine(checkout.summary))
    return checkout.commit
  }

  private func relayRequest(_ specification: CheckoutSpecification) -> RelayRequest {
    var headers = HTTPFields()
    if let job = HTTPField.Name("sallyport-job") { headers[job] = control.attempt.job.rawValue }
    if let epoch = HTTPField.Name("sallyport-epoch") {
      headers[epoch] = String(control.attempt.epoch)
    }
    return RelayRequest(
      authority: "\(specification.vcsPool).vcs.sallyport", headers: headers)
  }

  /// Nil where trying again cannot help: the gateway or the VCS agent has said no, the repository is
  /// not there, or somebody between the ends is not who it should be or has changed bytes.
  private func retryDelay(after error: any Error) -> Duration? {
    if let error = error as? RelayError {
      if let refusal = error.refusal {
        return [503, 504].contains(refusal.status) ? refusal.retryAfter ?? .zero : nil
      }
      return error.code == .sealFailed ? nil : .zero
    }
    return error is LinkLost || provider.isTransient(error) ? .zero : nil
  }

  /// A broken checkout leaves files; the next one begins with none.
  private func refresh(_ workspace: Workspace) async throws {
    do {
      try await workspaceDisk.perform { () throws(SystemError) in
        try DirectoryRemoval.remove(workspace.checkout)
        try workspace.makeCheckoutDirectory()
      }
    } catch {
      throw AttemptFailure("\(error)")
    }
  }

  private static func describe(_ error: any Error) -> String {
    guard let error = error as? RelayError, let refusal = error.refusal else {
      return oneLine("\(error)")
    }
    return oneLine("the gateway refused the relay (\(refusal.status)): \(refusal.reason)")
  }
}
