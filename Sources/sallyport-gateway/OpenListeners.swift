import Synchronization

/// Which listeners are open; none is before all are.
final class OpenListeners: Sendable {
  private let state = Mutex<[String]>([])

  var names: [String] { state.withLock { $0 } }

  func note(_ names: [String]) { state.withLock { $0 = names } }
}
