import NIOCore
import SallyportCore
import SallyportHTTP2
import SallyportRelay

/// A CONNECT stream of a client as the carrier of the connection inside it: the sealed channel.
///
/// Received bytes are given back to the window as soon as TLS has them: what bounds memory is the
/// flow control inside.
final class TunnelCarrier: Carrier, ConnectionStream {
  /// How the CONNECT was answered.
  enum Answer {
    case accepted
    case refused(RelayRefusal)
    case failed(ConnectionError)
  }

  /// Bytes queued in the outer connection above which the inner one waits.
  private static let highWaterMark = 512 * 1_024
  private static let lowWaterMark = 256 * 1_024
  /// After our last byte, how long the far end may take to end its half.
  private static let lingerTime: TimeAmount = .seconds(5)

  private let outer: SecureConnection
  private var id: HTTP2StreamID = 0
  private var delegate: (any CarrierDelegate)?
  private var onAnswer: ((Answer) -> Void)?
  /// The stream is gone: called last.
  private var onClosed: (() -> Void)?
  private var isInputEnded = false
  private var isOutputEnded = false
  private var isClosed = false
  private var isFull = false
  private var isNotified = false
  private var linger: Scheduled<Void>?
  private var answerDeadline: Scheduled<Void>?

  /// Sends the CONNECT.
  init(
    on outer: SecureConnection, _ request: RelayRequest, onAnswer: @escaping (Answer) -> Void
  ) throws(ConnectionError) {
    self.outer = outer
    self.onAnswer = onAnswer
    self.id = try outer.open(self, ConnectRequestHead.request(request), endStream: false)
    let timeout = TimeAmount(outer.limits.relayAnswerTimeout)
    answerDeadline = outer.eventLoop.assumeIsolated().scheduleTask(in: timeout) { [self] in
      refuse(RelayRefusal(status: 504, reason: "the gateway did not answer in time"))
    }
  }

  /// Once accepted.
  func setDelegate(_ delegate: any CarrierDelegate, onClosed: @escaping () -> Void) {
    self.delegate = delegate
    self.onClosed = onClosed
  }

  // MARK: Carrier

  var eventLoop: any EventLoop { outer.eventLoop }

  var isWritable: Bool {
    guard !isOutputEnded, !isClosed else { return false }
    isFull = outer.queuedBytes(id) >= Self.highWaterMark
    return !isFull
  }

  func write(_ bytes: ByteBuffer) {
    guard !isOutputEnded, !isClosed else { return }
    outer.sendData(id, bytes, endStream: false)
  }

  func flush() {}

  func closeOutput() {
    guard !isOutputEnded, !isClosed else { return }
    delegate = nil
    isOutputEnded = true
    outer.sendData(id, ByteBuffer(), endStream: true)
    guard !isInputEnded else { return }
    linger = eventLoop.assumeIsolated().scheduleTask(in: Self.lingerTime) { [self] in abort() }
  }

  func abort() {
    guard !isClosed else { return }
    delegate = nil
    _ = takeOnAnswer()
    outer.reset(id, .cancel)
  }

  // MARK: ConnectionStream

  func receivedHeaders(_ fields: [HeaderField], endStream: Bool) {
    if let refusal = ConnectRequestHead.refusal(from: fields) {
      refuse(refusal)
    } else if let onAnswer = takeOnAnswer() {
      onAnswer(.accepted)
      if endStream { receivedEnd() }
    }
  }

  private func refuse(_ refusal: RelayRefusal) {
    guard let onAnswer = takeOnAnswer() else { return }
    onAnswer(.refused(refusal))
    abort()
  }

  private func takeOnAnswer() -> ((Answer) -> Void)? {
    answerDeadline?.cancel()
    answerDeadline = nil
    defer { onAnswer = nil }
    return onAnswer
  }

  func receivedData(_ data: ByteBuffer) {
    delegate?.carrierReceived(data)
    outer.consume(id, data.readableBytes)
    guard !isNotified else { return }
    isNotified = true
    outer.notifyAfterBatch(self)
  }

  func batchEnded() {
    isNotified = false
    delegate?.carrierReadCompleted()
  }

  func receivedTrailers(_ fields: [HeaderField]) { receivedEnd() }

  func receivedEnd() {
    guard !isInputEnded else { return }
    isInputEnded = true
    delegate?.carrierInputEnded()
  }

  func sent(_ bytes: Int) {
    guard isFull, outer.queuedBytes(id) <= Self.lowWaterMark else { return }
    isFull = false
    delegate?.carrierBecameWritable()
  }

  func closed(_ end: StreamEnd) {
    isClosed = true
    linger?.cancel()
    linger = nil
    let error: ConnectionError? =
      switch end {
      case .finished: nil
      case .reset(let code, _):
        ConnectionError(
          code: .carrierReset,
          message: "the relay was reset with HTTP/2 error \(code.rawValue)")
      case .connectionLost(let error):
        ConnectionError(
          code: .lost, message: "the connection to the gateway was lost: \(error.message)",
          cause: error)
      }
    takeOnAnswer()?(
      .failed(
        error ?? ConnectionError(code: .truncated, message: "the relay ended without an answer")))
    let delegate = delegate
    self.delegate = nil
    delegate?.carrierClosed(error)
    onClosed?()
    onClosed = nil
  }
}
