package import SallyportConfig
import SallyportCore
import SallyportIdentity
import SallyportProtos
package import SallyportSigning

extension JobRequest {
  /// The statement to sign.
  ///
  /// - Throws: ``ErrorReport`` with exit code 64 that says what is missing or cannot be signed.
  package func statement(
    for terms: StatementTerms
  ) throws(ErrorReport) -> JobStatement {
    guard idempotencyKey == nil else {
      throw Self.usage("a signed job is one job by its id: leave the idempotency key out")
    }
    guard contexts.isEmpty else {
      throw Self.usage(
        "a signed job names no contexts, because the gateway resolves them: attach them to the pool, "
          + "or have the job name secrets and variables itself")
    }
    // As strict as a submit, and with the same words.
    let request = try submitRequest(newKey: "")
    do {
      var statement = JobStatement(
        job: terms.job, tenant: terms.tenant, externalID: terms.externalID.rawValue,
        workerPool: try PoolName(request.pool), notBefore: terms.notBefore,
        expires: terms.expires, command: command)
      statement.runs = terms.runs ?? Int(scheduling.maximumAttempts ?? 1)
      statement.environment = environment
      statement.secrets = secrets
      statement.selector = scheduling.selector
      statement.timeoutSeconds = timeout.map { max($0.components.seconds, 1) }
      statement.checkout = try checkout()
      return statement
    } catch let error as ErrorReport {
      throw error
    } catch {
      throw Self.usage("\(error)")
    }
  }

  private func checkout() throws -> JobStatement.Checkout? {
    guard let repository else { return nil }
    if let ref, !JobStatement.Checkout.isFullRefName(ref) {
      throw Self.usage(
        "a signed job names its ref in full, such as refs/heads/main, not '\(ref)': a short name "
          + "may mean a branch or a tag")
    }
    return JobStatement.Checkout(
      vcsPool: repository.pool, repository: try RepositoryName(repository.path), ref: ref,
      commit: commit)
  }

  private static func usage(_ message: String) -> ErrorReport {
    ErrorReport(message, exitCode: SallyportCore.ExitCode.usage)
  }
}
