package import SallyportHealth
package import SallyportSession

extension HealthCheck {
  /// There is a session, or there was one until `grace` ago: connecting again takes a moment.
  package static func session(_ status: SessionStatus, grace: Duration) -> HealthCheck {
    HealthCheck("session") {
      guard let age = status.age else { return .failing("not established yet") }
      let seconds = age.components.seconds
      if status.isOpen { return .passing("open for \(seconds) s") }
      return age <= grace
        ? .passing("lost \(seconds) s ago, connecting again")
        : .failing("lost \(seconds) s ago")
    }
  }
}
