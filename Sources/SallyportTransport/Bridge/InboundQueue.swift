import NIOCore
import Synchronization

/// Elements on their way from an event loop to one reader: a task, or a closure for one element.
///
/// The event loop pushes, the reader takes; neither waits for the other's thread. Every element has
/// a cost in flow-controlled bytes, and taking an element is what lets the loop open the sender's
/// window for those bytes: the queue holds at most one window.
final class InboundQueue<Element: Sendable>: Sendable {
  /// What the loop should do because of a ``next(_:)``.
  struct Demand: Sendable, Hashable {
    /// Bytes of the elements that were taken.
    var released: Int
    /// The reader has nothing left to take and waits.
    var isWaiting: Bool
  }

  private struct Entry {
    var element: Element
    var cost: Int
  }

  private struct Waiter {
    enum Reader {
      case task(CheckedContinuation<Element?, any Error>)
      case closure(@Sendable (Result<Element?, any Error>) -> Void)
    }

    var id: UInt64
    var reader: Reader

    func resume(with result: sending Result<Element?, any Error>) {
      switch reader {
      case .task(let continuation): continuation.resume(with: result)
      case .closure(let body): body(result)
      }
    }
  }

  private enum End {
    case finished
    case failed(any Error)
  }

  private struct State {
    var entries = CircularBuffer<Entry>(initialCapacity: 2)
    var end: End?
    var waiter: Waiter?
    var unreleased = 0
    var hasPartialElement = false
    var nextWaiterID: UInt64 = 0
    var cancelledWaiterID: UInt64?
  }

  /// Taken bytes below this many are reported together with later ones, or when the reader waits:
  /// each report wakes the loop.
  private static var releaseThreshold: Int { 32 * 1_024 }

  private let state = Mutex(State())
  private let merge: (@Sendable (inout Element, Element) -> Bool)?

  /// - Parameter merge: Adds an element to the one before it, which nobody has taken yet, so that
  ///   many small ones cost no more than their bytes; false where they stay apart.
  init(merge: (@Sendable (inout Element, Element) -> Bool)? = nil) { self.merge = merge }

  /// Loop side.
  /// - Returns: Bytes to consume at once, because a waiting reader took the element.
  func push(_ element: Element, cost: Int) -> Int {
    let waiter = state.withLock { state -> Waiter? in
      guard state.end == nil else { return nil }
      if let waiter = state.waiter {
        state.waiter = nil
        return waiter
      }
      append(Entry(element: element, cost: cost), to: &state)
      return nil
    }
    guard let waiter else { return 0 }
    waiter.resume(with: .success(element))
    return cost
  }

  /// Loop side. As ``push(_:cost:)``, but the reader goes on waiting until ``deliver()``: what
  /// arrives in many pieces at once wakes it once.
  func hold(_ element: Element, cost: Int) {
    state.withLock { state in
      guard state.end == nil else { return }
      append(Entry(element: element, cost: cost), to: &state)
    }
  }

  /// Loop side. Wakes a reader for whom there is something.
  /// - Returns: Bytes to consume at once, because the reader took that element.
  func deliver() -> Int {
    let delivery = state.withLock { state -> (waiter: Waiter, entry: Entry)? in
      guard state.end == nil, let waiter = state.waiter, let entry = state.entries.popFirst()
      else { return nil }
      state.waiter = nil
      return (waiter, entry)
    }
    guard let delivery else { return 0 }
    delivery.waiter.resume(with: .success(delivery.entry.element))
    return delivery.entry.cost
  }

  private func append(_ entry: Entry, to state: inout State) {
    if let merge, var last = state.entries.popLast() {
      let isMerged = merge(&last.element, entry.element)
      if isMerged { last.cost += entry.cost }
      state.entries.append(last)
      if isMerged { return }
    }
    state.entries.append(entry)
  }

  /// Loop side. What was pushed or held before is still delivered.
  func finish(throwing error: (any Error)? = nil) {
    let (waiter, held) = state.withLock { state -> (Waiter?, Element?) in
      guard state.end == nil else { return (nil, nil) }
      state.end = error.map(End.failed) ?? .finished
      guard let waiter = state.waiter else { return (nil, nil) }
      state.waiter = nil
      guard let held = state.entries.popFirst() else { return (waiter, nil) }
      state.unreleased += held.cost
      return (waiter, held.element)
    }
    guard let waiter else { return }
    if let held {
      waiter.resume(with: .success(held))
    } else if let error {
      waiter.resume(with: .failure(error))
    } else {
      waiter.resume(with: .success(nil))
    }
  }

  /// Loop side. Drops what has not been taken.
  func abandon(throwing error: any Error) {
    state.withLock { $0.entries.removeAll() }
    finish(throwing: error)
  }

  /// Loop side. Bytes of an incomplete element are held back: tell the loop when a reader waits.
  /// - Returns: True where a reader waits already.
  func setHasPartialElement(_ hasPartialElement: Bool) -> Bool {
    state.withLock { state in
      state.hasPartialElement = hasPartialElement
      return state.waiter != nil
    }
  }

  /// Task side: the next element, or nil at the end.
  ///
  /// - Parameter signal: Called, from any thread, where the loop has something to do.
  /// - Throws: What the loop finished with, or `CancellationError`.
  func next(_ signal: @Sendable (Demand) -> Void) async throws -> Element? {
    switch try poll() {
    case .element(let element, let released):
      if released > 0 { signal(Demand(released: released, isWaiting: false)) }
      return element
    case .end:
      return nil
    case .empty(let id):
      return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
          wait(Waiter(id: id, reader: .task(continuation)), signal)
        }
      } onCancel: {
        cancel(id)
      }
    }
  }

  /// As ``next(_:)``, for a reader without a task.
  ///
  /// - Parameter body: Called once: at once, or on the loop.
  func take(
    _ signal: (Demand) -> Void, _ body: @escaping @Sendable (Result<Element?, any Error>) -> Void
  ) {
    let polled: Poll
    do { polled = try poll() } catch { return body(.failure(error)) }
    switch polled {
    case .element(let element, let released):
      if released > 0 { signal(Demand(released: released, isWaiting: false)) }
      body(.success(element))
    case .end: body(.success(nil))
    case .empty(let id): wait(Waiter(id: id, reader: .closure(body)), signal)
    }
  }

  private enum Poll {
    case element(Element, released: Int)
    case end
    case empty(UInt64)
  }

  private func poll() throws -> Poll {
    try state.withLock { state in
      if let entry = state.entries.popFirst() {
        state.unreleased += entry.cost
        guard state.unreleased >= Self.releaseThreshold else {
          return .element(entry.element, released: 0)
        }
        defer { state.unreleased = 0 }
        return .element(entry.element, released: state.unreleased)
      }
      switch state.end {
      case .finished: return .end
      case .failed(let error): throw error
      case nil:
        state.nextWaiterID += 1
        return .empty(state.nextWaiterID)
      }
    }
  }

  private enum Wait {
    case resume(Result<Element?, any Error>, released: Int)
    case waiting(Demand?)
  }

  private func wait(_ waiter: Waiter, _ signal: (Demand) -> Void) {
    let outcome = state.withLock { state -> Wait in
      if state.cancelledWaiterID == waiter.id {
        return .resume(.failure(CancellationError()), released: 0)
      }
      let released = state.unreleased
      if let entry = state.entries.popFirst() {
        state.unreleased = 0
        return .resume(.success(entry.element), released: released + entry.cost)
      }
      switch state.end {
      case .finished: return .resume(.success(nil), released: 0)
      case .failed(let error): return .resume(.failure(error), released: 0)
      case nil:
        precondition(state.waiter == nil, "a stream has one reader at a time")
        state.waiter = waiter
        state.unreleased = 0
        guard released > 0 || state.hasPartialElement else { return .waiting(nil) }
        return .waiting(Demand(released: released, isWaiting: true))
      }
    }
    switch outcome {
    case .resume(let result, let released):
      if released > 0 { signal(Demand(released: released, isWaiting: false)) }
      waiter.resume(with: result)
    case .waiting(let demand):
      if let demand { signal(demand) }
    }
  }

  private func cancel(_ id: UInt64) {
    let waiter = state.withLock { state -> Waiter? in
      guard let waiter = state.waiter, waiter.id == id else {
        state.cancelledWaiterID = id
        return nil
      }
      state.waiter = nil
      return waiter
    }
    waiter?.resume(with: .failure(CancellationError()))
  }
}
