import Synchronization

/// Where attempts find the connection to the gateway, whichever it is at the moment. Attempts
/// outlive connections; this is what they wait at in between.
package final class LinkBoard: Sendable {
  private struct State {
    var access: GatewayAccess?
    /// Set, and replaced, with each new connection.
    var next = Latch<Bool>()
  }

  private let state = Mutex(State())

  package init() {}

  package func publish(_ access: GatewayAccess) {
    let previous = state.withLock { state in
      defer {
        state.access = access
        state.next = Latch()
      }
      return state
    }
    previous.access?.superseded.set(true)
    previous.next.set(true)
  }

  /// Ends the use of a connection, everywhere.
  package func withdraw(_ access: GatewayAccess) {
    state.withLock { state in
      if state.access === access { state.access = nil }
    }
    access.superseded.set(true)
    access.lost.set(true)
  }

  /// The connection, as soon as there is one that takes new streams.
  package func current() async throws -> GatewayAccess {
    while true {
      let (access, next) = state.withLock { ($0.access, $0.next) }
      if let access, access.retired.current == nil { return access }
      _ = try await next.wait()
    }
  }

  /// Runs `body` with the connection as soon as there is one, and cancels it when that is lost or,
  /// where the use is movable, replaced.
  ///
  /// - Throws: ``LinkLost``, or what `body` throws.
  package func withAccess<Result: Sendable>(
    _ use: GatewayAccess.Use,
    _ body: @escaping @Sendable (GatewayAccess) async throws -> Result
  ) async throws -> Result {
    let access = try await current()
    if use == .bound { access.bind() }
    defer { if use == .bound { access.release() } }
    return try await withThrowingTaskGroup(of: Result.self) { group in
      group.addTask { try await body(access) }
      group.addTask {
        _ = try await (use == .bound ? access.lost : access.superseded).wait()
        throw LinkLost()
      }
      defer { group.cancelAll() }
      guard let result = try await group.next() else { throw LinkLost() }
      return result
    }
  }
}
