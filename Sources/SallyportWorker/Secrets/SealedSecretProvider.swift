import FoundationEssentials
import GRPCCore
import SallyportCore
import SallyportProtos
import SallyportSealing
import SallyportSecrets
import SwiftProtobuf

/// Asks the gateway for secrets that were sealed for this worker's pool, and opens them.
///
/// What the gateway answers is believed as far as it opens: as the secret of this name in the context
/// that the customer's own secrets file names.
struct SealedSecretProvider: Sendable {
  let settings: SealedSecretSettings
  let links: LinkBoard

  /// Of one call: more contexts than a tenant has.
  private static let maximumAnswers = 1_024

  /// Waits for a connection where there is none; the caller has a deadline.
  ///
  /// - Throws: ``SealedSecretError``; `CancellationError`.
  func secret(
    _ name: SecretName, in context: ContextName, for attempt: AttemptID
  ) async throws -> SecretValue {
    let request = Sallyport_Worker_V1_GetSealedSecretsRequest.with {
      $0.attempt.jobID = attempt.job.rawValue
      $0.attempt.epoch = attempt.epoch
      $0.names = [name.rawValue]
    }
    var backoff = Backoff(base: .milliseconds(100), maximum: .seconds(2))
    while true {
      do {
        let answer = try await links.withAccess(.movable) { access in
          try await Self.answer(to: request, in: context, from: access)
        }
        return try open(answer, name, context)
      } catch let error as RPCError where error.isFinalRefusal || error.code == .unimplemented {
        throw SealedSecretError("the gateway does not hand it out to this worker")
      } catch let error as SealedSecretError {
        throw error
      } catch {
        try Task.checkCancellation()
      }
      try await Task.sleep(for: backoff.next())
    }
  }

  /// Of what the gateway sends, one answer is kept.
  private static func answer(
    to request: Sallyport_Worker_V1_GetSealedSecretsRequest, in context: ContextName,
    from access: GatewayAccess
  ) async throws -> Sallyport_Worker_V1_SealedSecret? {
    try await access.service.getSealedSecrets(request) { response in
      var found: Sallyport_Worker_V1_SealedSecret?
      var count = 0
      for try await answer in response.messages {
        count += 1
        guard count <= maximumAnswers else {
          throw SealedSecretError("the gateway answers without an end")
        }
        let isWanted = answer.context == context.rawValue && request.names == [answer.name]
        if isWanted, found == nil { found = answer }
      }
      return found
    }
  }

  private func open(
    _ answer: Sallyport_Worker_V1_SealedSecret?, _ name: SecretName, _ context: ContextName
  ) throws(SealedSecretError) -> SecretValue {
    guard let answer else {
      throw SealedSecretError(
        "none is stored in the context '\(context)' for this pool, or neither job nor pool have that "
          + "context")
    }
    let scope = SealedSecretScope(
      tenant: settings.tenant, pool: settings.pool, context: context, name: name.rawValue,
      version: answer.version)
    do throws(SealingError) {
      return try SealedSecret(parsing: Array(answer.sealed)).open(as: scope, with: settings.keys)
        .withValue { SecretValue($0) }
    } catch {
      throw SealedSecretError("\(error)")
    }
  }
}
