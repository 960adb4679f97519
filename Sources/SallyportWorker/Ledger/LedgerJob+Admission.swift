import SallyportCore
import SallyportLedger
import SallyportPolicy
import SallyportProtos
import SallyportSigning

extension LedgerJob {
  /// A job that runs.
  init(_ admitted: AdmittedJob, offered: OfferedJob) {
    self.init(
      admitted.job, envelope: offered.envelope,
      decision: .allow(
        rule: admitted.decision?.source.description,
        policyAgent: admitted.decision?.reference.map(LedgerDecision.PolicyAgent.init)),
      keyID: admitted.signature?.signer.rawValue)
  }

  /// A job that was denied: what is recorded of it is as the gateway says.
  init(_ offered: OfferedJob, denied reason: JobDenied) {
    self.init(
      offered, envelope: offered.envelope,
      decision: .deny(
        rule: reason.rule, reason: reason.reason ?? reason.explanation ?? "\(reason)",
        policyAgent: reason.reference.map(LedgerDecision.PolicyAgent.init)))
  }

  private init(
    _ job: OfferedJob, envelope: [UInt8]?, decision: LedgerDecision, keyID: String? = nil
  ) {
    let checkout = job.specification.hasCheckout ? job.specification.checkout : nil
    self.init(
      job.attempt, decision: decision, submitter: job.submitter.isEmpty ? nil : job.submitter,
      keyID: keyID, payloadSHA256: envelope.flatMap(Self.digest),
      repository: checkout?.repository,
      ref: checkout.map { $0.ref.isEmpty ? $0.commit : $0.ref })
  }

  /// Also where nobody whom this worker trusts has signed it.
  private static func digest(ofPayloadIn envelope: [UInt8]) -> String? {
    let payload = try? DSSEEnvelope(parsing: envelope).payload
    return payload.map { LedgerHash(of: $0).description }
  }
}

extension LedgerDecision.PolicyAgent {
  init(_ reference: PolicyReference) {
    self.init(path: reference.path.rawValue, decisionID: reference.decisionID)
  }
}
