import GRPCCore
import NIOCore
import SallyportCore
import SallyportHTTP2

/// A call on its event loop: HTTP/2 events to request parts, response parts to frames.
final class GRPCServerStream: ConnectionStream {
  let id: HTTP2StreamID
  let call: GRPCServerCall
  private let connection: SecureConnection
  private var state = GRPCServerStreamState()
  private let input: GRPCMessageInput<RPCRequestPart<TransportBytes>>
  private var deadline: Scheduled<Void>?
  private var isClosed = false

  init(
    id: HTTP2StreamID, head: GRPCRequestHead, connection: SecureConnection, endStream: Bool
  ) {
    self.id = id
    self.connection = connection
    let reference = LoopReference<GRPCServerStream>(eventLoop: connection.eventLoop)
    self.call = GRPCServerCall(head.method, stream: reference)
    self.input = GRPCMessageInput(
      id, on: connection, limit: connection.limits.maximumMessageSize, to: call.inbound,
      part: RPCRequestPart.message)
    reference.value = self
    _ = call.inbound.push(.metadata(head.metadata), cost: 0)
    if endStream { receivedEnd() }
    if let timeout = head.timeout {
      deadline = connection.eventLoop.assumeIsolated()
        .scheduleTask(in: TimeAmount(timeout)) { [weak self] in
          self?.fail(
            RPCError(code: .deadlineExceeded, message: "the deadline of the call has passed"))
        }
    }
  }

  // MARK: From the handler

  func demanded(_ demand: InboundQueue<RPCRequestPart<TransportBytes>>.Demand) {
    if !isClosed { input.demanded(demand) }
  }

  func drain() {
    for item in call.outbound.drain() {
      guard !isClosed else { return }
      switch item {
      case .metadata(let fields):
        if state.sendHeaders() == .send {
          connection.sendHeaders(id, fields, endStream: false)
        }
      case .message(let bytes):
        sendMessage(bytes)
      case .status(let trailers):
        sendStatus(trailers)
      case .finish(let status):
        sendStatus(GRPCHeaders.trailers(status, Metadata()))
      }
    }
  }

  private func sendMessage(_ bytes: TransportBytes) {
    switch state.sendMessage() {
    case .ignore: return
    case .send: break
    case .sendAfterHeaders:
      connection.sendHeaders(id, GRPCHeaders.response(Metadata()), endStream: false)
    }
    let framed = bytes.framed()
    connection.sendData(id, framed.first, endStream: false)
    if let second = framed.second { connection.sendData(id, second, endStream: false) }
  }

  private func sendStatus(_ trailers: [HeaderField]) {
    switch state.sendStatus() {
    case .ignore: return
    case .sendTrailers:
      connection.sendTrailers(id, trailers, orElse: GRPCHeaders.essential(trailers))
    case .sendTrailersOnly:
      connection.sendHeaders(
        id, GRPCHeaders.trailersOnly(trailers), endStream: true,
        orElse: GRPCHeaders.trailersOnly(GRPCHeaders.essential(trailers)))
    }
    if !state.isRequestEnded { connection.stopInput(id) }
  }

  // MARK: From the connection

  func receivedData(_ data: ByteBuffer) {
    guard state.response != .ended, !state.isRequestEnded else { return input.discarded(data) }
    do {
      try input.received(data)
    } catch {
      fail(RPCError(error))
    }
  }

  func receivedTrailers(_ fields: [HeaderField]) { receivedEnd() }

  func receivedEnd() {
    guard state.endRequest(), state.response != .ended else { return }
    guard !input.isInMessage else {
      fail(RPCError(code: .internalError, message: "the request ended inside a message"))
      return
    }
    call.inbound.finish()
  }

  func sent(_ bytes: Int) { call.outbound.sent(bytes) }

  func callGraceEnded() {
    fail(
      RPCError(
        code: .unavailable, message: "the connection is too old: connect again and call again"))
  }

  func closed(_ end: StreamEnd) {
    isClosed = true
    deadline?.cancel()
    input.stop()
    call.stream.value = nil
    let error: RPCError =
      switch end {
      case .finished: RPCError(code: .cancelled, message: "the call is over")
      case .reset(let code, let byPeer):
        RPCError(code: .cancelled, message: RPCError(reset: code, byPeer: byPeer).message)
      case .connectionLost(let error): RPCError(error)
      }
    call.outbound.close(throwing: error)
    if case .finished = end, state.isRequestEnded {
      call.inbound.finish()
    } else {
      call.inbound.abandon(throwing: error)
    }
    if state.response != .ended { call.cancel() }
  }

  /// Ends the call from this side: a status for the caller, an error for the handler.
  private func fail(_ error: RPCError) {
    guard !isClosed else { return }
    let status = Status(code: Status.Code(error.code), message: error.message)
    sendStatus(GRPCHeaders.trailers(status, error.metadata))
    call.inbound.abandon(throwing: error)
    call.outbound.close(throwing: error)
    call.cancel()
    input.stop()
  }
}
