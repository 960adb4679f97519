import SallyportRelay

/// Every answer but `200` that a gateway gives to a CONNECT. What is not the caller's and what does
/// not exist get the same one.
extension RelayRefusal {
  static let notAllowed = RelayRefusal(
    status: 403, reason: "this relay may not be opened now")
  static let noRelay = RelayRefusal(status: 404, reason: "there is no such relay")
  static let lateAgent = RelayRefusal(
    status: 504, reason: "the VCS agent did not open its leg in time")
  static let tooMany = RelayRefusal(
    status: 503, reason: "the job has too many relays open", retryAfter: .seconds(1))
  static let failed = RelayRefusal(
    status: 503, reason: "the gateway failed; its log says why", retryAfter: .seconds(5))

  static func noAgent(retryAfter: Duration) -> RelayRefusal {
    RelayRefusal(
      status: 503, reason: "no VCS agent of the pool is ready", retryAfter: retryAfter)
  }
}
