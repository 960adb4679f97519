import NIOCore
import Synchronization

/// How tasks reach an object that lives on an event loop: by sending it work.
///
/// The object may be set later than the reference is made, and is dropped with ``clear()``.
final class LoopReference<Value: AnyObject>: Sendable {
  let eventLoop: any EventLoop
  private let box: NIOLoopBoundBox<Value?>
  /// Work from other threads that the loop has not come to yet.
  private let pending = Atomic<Int>(0)

  /// May be called from any thread.
  init(eventLoop: any EventLoop) {
    self.eventLoop = eventLoop
    self.box = .makeEmptyBox(eventLoop: eventLoop)
  }

  /// On the loop.
  convenience init(_ value: Value, eventLoop: any EventLoop) {
    self.init(eventLoop: eventLoop)
    box.value = value
  }

  /// On the loop.
  var value: Value? {
    get { box.value }
    set { box.value = newValue }
  }

  /// From any thread. Work for an object that is gone is dropped.
  ///
  /// On the loop it is done at once, unless something waits: what one task asks for is done in that
  /// order, also where the task moves between the loop and other threads.
  func run(_ work: @escaping @Sendable (Value) -> Void) {
    guard !eventLoop.inEventLoop || pending.load(ordering: .acquiring) > 0 else {
      if let value = box.value { work(value) }
      return
    }
    pending.add(1, ordering: .releasing)
    eventLoop.execute { [self] in
      pending.subtract(1, ordering: .releasing)
      if let value = box.value { work(value) }
    }
  }
}
