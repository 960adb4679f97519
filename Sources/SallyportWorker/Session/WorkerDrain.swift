package import SallyportProtos
import SwiftProtobuf

/// What the gateway asks for when it drains a worker.
package struct WorkerDrain: Hashable, Sendable {
  /// For people; one line.
  package var reason: String
  /// Whether the process is to be started again once it has ended.
  package var restarts: Bool
  /// How long jobs may still run; nil: to their end.
  package var jobTimeout: Duration?

  package init(_ message: Sallyport_Session_V1_Drain) {
    reason = oneLine(message.reason)
    restarts = message.restart
    jobTimeout = message.hasJobTimeout ? max(message.jobTimeout.duration, .zero) : nil
  }
}
