/// Why a session is asked to take nothing new and to finish what it has.
package enum DrainCause: Hashable, Sendable {
  /// A newer session has been established and takes over.
  case handover
  /// The process stops.
  case shutdown
}
