/// A connection to the gateway.
package struct LedgerConnection: LedgerEntry, Hashable {
  package static let kind = LedgerKind.connection

  package enum Event: String, Sendable {
    case opened, closed, refused
  }

  package var event: Event
  /// Host and port as configured.
  package var gateway: String
  /// SHA-256 of the gateway's certificate, in hexadecimal digits.
  package var certificateFingerprint: String?
  package var reason: String?

  package init(
    _ event: Event, gateway: String, certificateFingerprint: String? = nil, reason: String? = nil
  ) {
    self.event = event
    self.gateway = gateway
    self.certificateFingerprint = certificateFingerprint
    self.reason = reason
  }

  package func write(to fields: inout LedgerFields) {
    fields.text("event", event.rawValue)
    fields.text("gateway", gateway)
    fields.text("certificate_sha256", certificateFingerprint)
    fields.text("reason", reason)
  }
}
