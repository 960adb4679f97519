/// What an operator asks a worker to do: kept until the worker says that it drains, so that it
/// outlives connections and gateways.
package struct DrainRequest: Hashable, Sendable {
  package var reason: String
  /// The worker's process ends once drained, with the exit code that asks for a new start.
  package var restart: Bool
  /// How long its jobs may go on; nil: to their end.
  package var jobTimeout: Duration?

  package init(reason: String, restart: Bool = false, jobTimeout: Duration? = nil) {
    self.reason = reason
    self.restart = restart
    self.jobTimeout = jobTimeout
  }
}
