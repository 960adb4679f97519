import SallyportProtos

/// What happens to one worker of a pool that is cycled.
struct CycleEventView: Encodable, Sendable {
  let workerID: String
  let event: String
  let detail: String?
  let done: UInt32
  let total: UInt32

  enum CodingKeys: String, CodingKey {
    case event, detail, done, total
    case workerID = "worker_id"
  }

  init(_ event: Sallyport_Operator_V1_CycleEvent) {
    workerID = event.workerID
    self.event =
      switch event.kind {
      case .draining: "draining"
      case .returned: "returned"
      case .failed: "failed"
      case .unspecified, .UNRECOGNIZED: "unknown"
      }
    detail = event.detail.isEmpty ? nil : event.detail
    done = event.done
    total = event.total
  }

  var line: String {
    "\(workerID) \(event) (\(done) of \(total) done)" + (detail.map { ": \($0)" } ?? "")
  }
}
