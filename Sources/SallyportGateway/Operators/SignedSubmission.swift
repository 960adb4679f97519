import SallyportCore
import SallyportProtos
import SallyportSigning

/// A submit of a signed job: everything but its scheduling is in the envelope.
///
/// The gateway reads the statement and verifies nothing: it has no key of the customer's, and workers
/// believe the envelope only. What is checked here is that the job can be queued as it was signed.
enum SignedSubmission {
  /// The request with what the statement says in its place.
  ///
  /// - Throws: ``RequestError``.
  static func expanded(
    _ request: Sallyport_Operator_V1_SubmitJobRequest, tenant: TenantName
  ) throws -> (request: Sallyport_Operator_V1_SubmitJobRequest, job: JobID) {
    var bare = request.spec
    bare.signedJob.removeAll()
    guard bare == .init(), request.pool.isEmpty, request.scheduling.selector.isEmpty,
      request.idempotencyKey.isEmpty
    else {
      throw RequestError(
        "beside a signed job there is no pool, selector, idempotency key or other part of a job: "
          + "they are what was signed")
    }
    let statement = try statement(in: request.spec)
    guard statement.tenant == tenant else {
      throw RequestError("the job was signed for another tenant")
    }
    var expanded = request
    expanded.pool = statement.workerPool.rawValue
    expanded.spec = statement.specification
    expanded.spec.signedJob = request.spec.signedJob
    expanded.scheduling.selector = statement.selector
    // The id was chosen when the job was signed: a second submit is the same job.
    expanded.idempotencyKey = "signed job \(statement.job)"
    return (expanded, statement.job)
  }

  private static func statement(in spec: JobSpec) throws -> JobStatement {
    do throws(SignedJobError) {
      let envelope = try DSSEEnvelope(parsing: Array(spec.signedJob))
      guard envelope.payloadType == JobStatement.payloadType else {
        throw SignedJobError(.malformed, "the envelope does not hold a job")
      }
      return try JobStatement(parsing: envelope.payload)
    } catch {
      throw RequestError("the signed job is not acceptable: \(error)")
    }
  }
}
