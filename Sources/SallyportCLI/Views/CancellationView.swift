import SallyportProtos

/// What became of a cancellation, as part of a job: three facts, each at its time.
struct CancellationView: Encodable, Sendable {
  let requestedAt: String?
  let requestedBy: String
  let reason: String
  let deliveredAt: String?
  let confirmedAt: String?
  /// Whether it can still take effect; for people only.
  private let isPending: Bool

  enum CodingKeys: String, CodingKey {
    case reason
    case requestedAt = "requested_at"
    case requestedBy = "requested_by"
    case deliveredAt = "delivered_at"
    case confirmedAt = "confirmed_at"
  }

  /// Nil for a job that nobody has asked to cancel.
  init?(_ job: Sallyport_Operator_V1_Job) {
    guard job.hasCancellation else { return nil }
    let cancellation = job.cancellation
    requestedAt = cancellation.hasRequestedAt ? cancellation.requestedAt.text : nil
    requestedBy = cancellation.requestedBy
    reason = cancellation.reason
    deliveredAt = cancellation.hasDeliveredAt ? cancellation.deliveredAt.text : nil
    confirmedAt = cancellation.hasConfirmedAt ? cancellation.confirmedAt.text : nil
    isPending = !job.state.isFinal
  }

  var details: [(name: String, value: String)] {
    [
      (
        "cancel requested",
        [requestedAt, requestedBy.isEmpty ? nil : "by \(requestedBy)"].compactMap { $0 }
          .joined(separator: " ") + (reason.isEmpty ? "" : ": \(reason)")
      ),
      ("cancel delivered", deliveredAt ?? (isPending ? "not yet" : "never")),
      (
        "cancel confirmed",
        confirmedAt ?? (isPending ? "not yet" : "never: the job had ended by itself")
      ),
    ]
  }
}
