import NIOCore
import SallyportHTTP2

/// Received data to messages, for one stream of either side, on its event loop.
///
/// The peer's window is opened for a message when it is taken from the queue. A message larger
/// than the window needs it opened earlier: that happens only while a reader waits for it, and
/// within what the connection may hold of such messages (``ReassemblyBudget``).
final class GRPCMessageInput<Part: Sendable> {
  private let id: HTTP2StreamID
  private let connection: SecureConnection
  private let queue: InboundQueue<Part>
  private let part: (TransportBytes) -> Part
  private var deframer: GRPCDeframer
  /// Bytes received and not given back to the window yet.
  private var unconsumed = 0
  /// Bytes of the incomplete message that were given back already.
  private var consumedOfPartial = 0
  /// A reader waits for the incomplete message.
  private var isAwaited = false
  private var hasBudget = false

  init(
    _ id: HTTP2StreamID, on connection: SecureConnection, limit: Int, to queue: InboundQueue<Part>,
    part: @escaping (TransportBytes) -> Part
  ) {
    self.id = id
    self.connection = connection
    self.queue = queue
    self.part = part
    self.deframer = GRPCDeframer(limit: limit)
  }

  /// The data ended, or would end, inside a message.
  var isInMessage: Bool { deframer.partialBytes > 0 }

  func received(_ data: ByteBuffer) throws(GRPCDeframer.Failure) {
    unconsumed += data.readableBytes
    deframer.append(data)
    while let message = try deframer.next() {
      let cost = message.wireLength - consumedOfPartial
      consumedOfPartial = 0
      returnBudget()
      consume(queue.push(part(TransportBytes(message.bytes)), cost: cost))
    }
    isAwaited = queue.setHasPartialElement(deframer.partialBytes > consumedOfPartial)
    consumePartial()
  }

  /// Data that nobody will read.
  func discarded(_ data: ByteBuffer) { connection.consume(id, data.readableBytes) }

  func demanded(_ demand: InboundQueue<Part>.Demand) {
    consume(demand.released)
    guard demand.isWaiting else { return }
    isAwaited = true
    consumePartial()
  }

  /// Nothing more is read: gives everything back.
  func stop() {
    returnBudget()
    consume(unconsumed)
  }

  private func consumePartial() {
    guard isAwaited, deframer.partialBytes > consumedOfPartial,
      deframer.partialBytes >= TransportBytes.prefixLength, takeBudget()
    else { return }
    let count = deframer.partialBytes - consumedOfPartial
    consumedOfPartial += count
    consume(count)
  }

  private func takeBudget() -> Bool {
    guard !hasBudget else { return true }
    hasBudget = connection.reassembly.take(deframer.announcedLength, id) { [weak self] in
      self?.hasBudget = true
      self?.consumePartial()
    }
    return hasBudget
  }

  private func returnBudget() {
    hasBudget = false
    connection.reassembly.giveBack(id)
  }

  /// What was given back already, because reading stopped, is not given back twice.
  private func consume(_ count: Int) {
    let count = min(count, unconsumed)
    unconsumed -= count
    connection.consume(id, count)
  }
}
