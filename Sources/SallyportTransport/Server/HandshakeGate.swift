import Synchronization

/// Bounds the connections that have not shown yet who they are.
final class HandshakeGate: Sendable {
  private struct State {
    var total = 0
    var byAddress: [String: Int] = [:]
  }

  private let maximum: Int
  private let maximumPerAddress: Int
  private let state = Mutex(State())

  init(maximum: Int, maximumPerAddress: Int) {
    self.maximum = maximum
    self.maximumPerAddress = maximumPerAddress
  }

  /// - Returns: False where the connection should be closed at once; otherwise call
  ///   ``leave(_:)`` when its peer is known, or when it ends.
  func enter(_ address: String) -> Bool {
    state.withLock { state in
      guard state.total < maximum,
        state.byAddress[address, default: 0] < maximumPerAddress
      else { return false }
      state.total += 1
      state.byAddress[address, default: 0] += 1
      return true
    }
  }

  func leave(_ address: String) {
    state.withLock { state in
      state.total -= 1
      let count = state.byAddress[address, default: 0] - 1
      state.byAddress[address] = count > 0 ? count : nil
    }
  }
}
