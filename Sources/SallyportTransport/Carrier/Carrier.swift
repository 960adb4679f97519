import NIOCore

/// What carries the bytes of one secure connection: a TCP socket, or a CONNECT stream inside
/// another connection.
///
/// Confined to `eventLoop`, like everything in this module that is a class without a lock: an
/// object belongs to the event loop of its connection and is touched on that loop only. Tasks, and
/// other loops, reach such objects through `LoopReference`; what both sides hold is `Sendable`:
/// the queues between them (`InboundQueue`, `OutboundQueue`), `Outcome`, and the small objects
/// made of these.
protocol Carrier: AnyObject {
  var eventLoop: any EventLoop { get }
  /// False while so much is queued that nothing should be added; ``CarrierDelegate`` hears when
  /// that ends.
  var isWritable: Bool { get }
  func write(_ bytes: ByteBuffer)
  func flush()
  /// Ends this direction after what is queued, and lets go of the carrier once the peer has done
  /// the same, or after a moment.
  func closeOutput()
  /// Lets go at once; the peer sees a reset.
  func abort()
}

/// The secure connection, as its carrier sees it.
protocol CarrierDelegate: AnyObject {
  func carrierIsReady()
  func carrierReceived(_ bytes: ByteBuffer)
  /// No more bytes are at hand for now.
  func carrierReadCompleted()
  func carrierInputEnded()
  func carrierBecameWritable()
  /// Nothing can be sent or received any more.
  func carrierClosed(_ error: ConnectionError?)
}
