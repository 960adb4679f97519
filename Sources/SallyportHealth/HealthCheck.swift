package import SallyportCore

/// One question about the process, asked whenever somebody wants to know.
package struct HealthCheck: Sendable {
  /// How long an answer may take; none in time is a failure.
  package static let timeout = Duration.seconds(2)

  /// One word, or a few with hyphens.
  package let name: String
  private let ask: @Sendable () async -> HealthStatus

  /// - Parameter ask: Should end early when its task is cancelled. What it says is read by whoever
  ///   may reach the endpoint: nothing of a tenant, no path, no address.
  package init(_ name: String, _ ask: @escaping @Sendable () async -> HealthStatus) {
    self.name = name
    self.ask = ask
  }

  func result(timeout: Duration = HealthCheck.timeout) async -> HealthReport.Entry {
    let status = await withTaskGroup(of: HealthStatus?.self) { group in
      group.addTask { await ask() }
      group.addTask {
        try? await Task.sleep(for: timeout)
        return nil
      }
      let first = await group.next() ?? nil
      group.cancelAll()
      return first
    }
    return HealthReport.Entry(
      name: name, status: status ?? .failing("no answer within \(timeout.components.seconds) s"))
  }
}

extension HealthCheck {
  /// A loop that comes round at least once within `limit`, also while it has nothing to do.
  package static func loop(_ name: String, _ tick: LoopTick, within limit: Duration) -> HealthCheck
  {
    HealthCheck(name) {
      let age = tick.age
      let text = "turned \(age.components.seconds) s ago"
      return age <= limit ? .passing(text) : .failing(text)
    }
  }
}
