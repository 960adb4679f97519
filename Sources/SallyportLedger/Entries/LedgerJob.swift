package import SallyportCore

/// A job was offered, and taken on or refused.
package struct LedgerJob: LedgerEntry, Hashable {
  package static let kind = LedgerKind.job

  /// Nil where the offer names none that could be one.
  package var attempt: AttemptID?
  package var decision: LedgerDecision
  /// As the gateway said; nothing proves it.
  package var submitter: String?
  /// Of the key that signed the job.
  package var keyID: String?
  /// SHA-256 of the signed bytes, in hexadecimal digits.
  package var payloadSHA256: String?
  package var repository: String?
  package var ref: String?

  package init(
    _ attempt: AttemptID?, decision: LedgerDecision, submitter: String? = nil,
    keyID: String? = nil, payloadSHA256: String? = nil, repository: String? = nil,
    ref: String? = nil
  ) {
    self.attempt = attempt
    self.decision = decision
    self.submitter = submitter
    self.keyID = keyID
    self.payloadSHA256 = payloadSHA256
    self.repository = repository
    self.ref = ref
  }

  package func write(to fields: inout LedgerFields) {
    fields.attempt(attempt)
    fields.text("submitter", submitter)
    fields.text("key", keyID)
    fields.text("payload_sha256", payloadSHA256)
    fields.text("repository", repository)
    fields.text("ref", ref)
    decision.write(to: &fields)
  }
}
