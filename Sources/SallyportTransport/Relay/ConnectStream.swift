import NIOCore
import SallyportCore
import SallyportHTTP2
import SallyportRelay

/// A CONNECT stream on its event loop: waits for an answer, then moves bytes to and from the
/// other leg of its relay.
///
/// Bytes are given back to this leg's window only when the other leg has put them into frames, so
/// a relay holds at most one stream window per direction.
final class ConnectStream: ConnectionStream {
  /// What one leg tells the other; in order.
  enum Transfer: Sendable {
    case data(ByteBuffer)
    /// Bytes that the other leg received have left this one.
    case credit(Int)
    case end
  }

  private enum Answer { case none, claimed, refused, accepted }

  let id: HTTP2StreamID
  let leg: ConnectLeg
  let relayIdleTimeout: TimeAmount
  private let connection: SecureConnection
  private var answer = Answer.none
  private var isInputEnded = false
  private var isOutputEnded = false
  private var isClosed = false
  private var unconsumed = 0
  private var splice: (splice: Splice, side: SpliceState.Side)?
  private var other: LoopReference<ConnectStream>?
  /// For a leg on another loop, or for one that has not joined yet: at most this leg's window of
  /// data, small pieces gathered.
  private var outbox: [Transfer] = []
  private var isNotified = false
  /// From the other leg, which has joined a moment earlier; at most its window.
  private var inbox: [Transfer] = []

  init(
    id: HTTP2StreamID, head: ConnectRequestHead, context: PeerContext,
    connection: SecureConnection, endStream: Bool
  ) {
    self.id = id
    self.connection = connection
    self.relayIdleTimeout = TimeAmount(connection.limits.relayIdleTimeout)
    let reference = LoopReference<ConnectStream>(eventLoop: connection.eventLoop)
    self.leg = ConnectLeg(
      authority: head.authority, headers: head.headers, context: context, stream: reference)
    reference.value = self
    if endStream { receivedEnd() }
  }

  // MARK: Answers

  func refuse(_ refusal: RelayRefusal) {
    guard answer == .none, !isClosed else { return }
    answer = .refused
    isOutputEnded = true
    consume(unconsumed)
    outbox = []
    connection.sendHeaders(id, ConnectRequestHead.refusal(refusal), endStream: true)
    if !isInputEnded { connection.stopInput(id) }
  }

  /// - Returns: False where the leg has been answered or is gone.
  func claim() -> Bool {
    guard answer == .none, !isClosed else { return false }
    answer = .claimed
    return true
  }

  func release() {
    if answer == .claimed { answer = .none }
  }

  func join(
    _ splice: Splice, as side: SpliceState.Side, to other: LoopReference<ConnectStream>
  ) {
    self.splice = (splice, side)
    self.other = other
    guard !isClosed else { return }
    answer = .accepted
    connection.sendHeaders(id, [HeaderField(":status", "200")], endStream: false)
    let early = inbox
    inbox = []
    for item in early { accept(item) }
    flushOutbox()
  }

  // MARK: To the other leg

  func receivedData(_ data: ByteBuffer) {
    unconsumed += data.readableBytes
    guard answer != .refused else { return consume(data.readableBytes) }
    transfer(.data(data))
  }

  func receivedTrailers(_ fields: [HeaderField]) { receivedEnd() }

  func receivedEnd() {
    guard !isInputEnded else { return }
    isInputEnded = true
    transfer(.end)
  }

  func sent(_ bytes: Int) { transfer(.credit(bytes)) }

  func batchEnded() {
    isNotified = false
    flushOutbox()
  }

  private func transfer(_ item: Transfer) {
    guard answer == .accepted, let other else { return enqueue(item) }
    if other.eventLoop.inEventLoop, outbox.isEmpty {
      other.value?.accept(item)
      return
    }
    enqueue(item)
    guard !isNotified else { return }
    isNotified = true
    connection.notifyAfterBatch(self)
  }

  private func enqueue(_ item: Transfer) {
    switch (item, outbox.popLast()) {
    case (.credit(let more), .credit(let bytes)?):
      outbox.append(.credit(bytes + more))
    case (.data(let next), .data(var data)?):
      let isGathered = data.gather(next)
      outbox.append(.data(data))
      if !isGathered { outbox.append(item) }
    case (_, let last):
      if let last { outbox.append(last) }
      outbox.append(item)
    }
  }

  private func flushOutbox() {
    guard answer == .accepted, let other, !outbox.isEmpty else { return }
    let items = outbox
    outbox = []
    other.run { stream in
      for item in items { stream.accept(item) }
    }
  }

  // MARK: From the other leg

  private func accept(_ item: Transfer) {
    guard !isClosed else { return }
    guard answer == .accepted else { return inbox.append(item) }
    switch item {
    case .data(let data):
      count(data.readableBytes)
      connection.sendData(id, data, endStream: false)
    case .credit(let bytes):
      consume(bytes)
    case .end:
      guard !isOutputEnded else { return }
      isOutputEnded = true
      connection.sendData(id, ByteBuffer(), endStream: true)
    }
  }

  private func count(_ bytes: Int) {
    guard let splice else { return }
    switch splice.side {
    case .worker: splice.splice.meter.addToWorker(bytes)
    case .agent: splice.splice.meter.addToAgent(bytes)
    }
  }

  func reset(_ code: HTTP2ErrorCode) {
    guard !isClosed else { return }
    connection.reset(id, code)
  }

  func closed(_ end: StreamEnd) {
    isClosed = true
    leg.stream.value = nil
    // Last, because it cancels the handler's task, which would become the reason.
    defer { if case .finished = end {} else { leg.lost.set(()) } }
    guard let (splice, side) = splice else { return }
    self.splice = nil
    // Whatever this leg still has for the other must arrive before the end of the relay does.
    flushOutbox()
    other = nil
    splice.closed(side, Self.error(end, side))
  }

  private func consume(_ count: Int) {
    let count = min(count, unconsumed)
    unconsumed -= count
    connection.consume(id, count)
  }

  private static func error(_ end: StreamEnd, _ side: SpliceState.Side) -> RelayError? {
    let name = side == .worker ? "worker" : "agent"
    switch end {
    case .finished: return nil
    case .reset(let code, _):
      return RelayError(
        code: .reset, message: "the \(name)'s leg was reset with HTTP/2 error \(code.rawValue)")
    case .connectionLost(let error):
      return RelayError(
        code: .connectionLost, message: "the \(name)'s connection was lost: \(error.message)")
    }
  }
}
