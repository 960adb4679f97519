package import SallyportCore

/// A security-relevant decision, to be recorded.
package struct AuditEntry: Hashable, Sendable {
  package enum Decision: String, Hashable, Sendable { case allowed, denied }

  /// Whose audit log; nil for the gateway's own (a caller whom no tenant can be held to).
  package var tenant: TenantName?
  package var time: Timestamp
  /// SPIFFE ID; empty before authentication.
  package var actor: String
  /// For example `job.submit`.
  package var action: String
  package var object: String
  package var decision: Decision
  /// At most 1,024 bytes; longer ones are cut.
  package var detail: String

  package init(
    tenant: TenantName?, time: Timestamp, actor: String, action: String, object: String = "",
    decision: Decision = .allowed, detail: String = ""
  ) {
    self.tenant = tenant
    self.time = time
    self.actor = actor
    self.action = action
    self.object = object
    self.decision = decision
    self.detail = detail
  }
}
