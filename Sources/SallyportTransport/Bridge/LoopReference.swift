import NIOCore

/// How tasks reach an object that lives on an event loop: by sending it work.
///
/// The object may be set later than the reference is made, and is dropped with ``clear()``.
final class LoopReference<Value: AnyObject>: Sendable {
  let eventLoop: any EventLoop
  private let box: NIOLoopBoundBox<Value?>

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
  func run(_ work: @escaping @Sendable (Value) -> Void) {
    if eventLoop.inEventLoop {
      if let value = box.value { work(value) }
    } else {
      eventLoop.execute { [box] in
        if let value = box.value { work(value) }
      }
    }
  }
}
