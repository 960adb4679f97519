import GRPCCore
import NIOCore
import SallyportHTTP2
import Synchronization

/// An outgoing call on its event loop: request parts to frames, HTTP/2 events to response parts.
final class GRPCClientStream: ConnectionStream {
  private let call: GRPCClientCall
  private let connection: SecureConnection
  private var id: HTTP2StreamID = 0
  /// Set when the stream is open.
  private var input: GRPCMessageInput<RPCResponsePart<TransportBytes>>?
  private var isRequestEnded = false
  /// The status has been handed to the caller.
  private var isResponseEnded = false
  private var isClosed = false

  /// Opens the stream.
  init(
    call: GRPCClientCall, connection: SecureConnection, _ fields: [HeaderField]
  ) throws(ConnectionError) {
    self.call = call
    self.connection = connection
    self.id = try connection.open(self, fields, endStream: false)
    self.input = GRPCMessageInput(
      id, on: connection, limit: call.messageLimit, to: call.inbound,
      part: RPCResponsePart.message)
  }

  // MARK: From the caller

  func demanded(_ demand: InboundQueue<RPCResponsePart<TransportBytes>>.Demand) {
    if !isClosed { input?.demanded(demand) }
  }

  func send(_ items: some Collection<GRPCClientCall.Item>) {
    var index = items.startIndex
    while index != items.endIndex, !isClosed, !isRequestEnded {
      let item = items[index]
      index = items.index(after: index)
      switch item {
      case .open: break
      case .message(let bytes):
        var isLast = false
        if index != items.endIndex, case .end = items[index] { isLast = true }
        sendMessage(bytes, isLast: isLast)
      case .end:
        isRequestEnded = true
        connection.sendData(id, ByteBuffer(), endStream: true)
      }
    }
  }

  private func sendMessage(_ bytes: TransportBytes, isLast: Bool) {
    isRequestEnded = isLast
    let framed = bytes.framed()
    connection.sendData(id, framed.first, endStream: isLast && framed.second == nil)
    if let second = framed.second { connection.sendData(id, second, endStream: isLast) }
  }

  func cancel() {
    guard !isClosed else { return }
    isResponseEnded = true
    connection.reset(id, .cancel)
  }

  // MARK: From the connection

  func receivedHeaders(_ fields: [HeaderField], endStream: Bool) {
    switch GRPCResponseHead(fields, endStream: endStream) {
    case .metadata(let metadata):
      _ = call.inbound.push(.metadata(metadata), cost: 0)
    case .status(let status, let metadata):
      finish(status, metadata)
      if !endStream { connection.reset(id, .cancel) }
    }
  }

  func receivedData(_ data: ByteBuffer) {
    guard let input, !isResponseEnded else {
      return connection.consume(id, data.readableBytes)
    }
    do {
      try input.received(data)
    } catch {
      fail(RPCError(error))
    }
  }

  func receivedTrailers(_ fields: [HeaderField]) {
    guard input?.isInMessage != true else {
      return fail(RPCError(code: .internalError, message: "the response ended inside a message"))
    }
    if case .status(let status, let metadata) = GRPCResponseHead.trailers(fields, httpStatus: 200) {
      finish(status, metadata)
    }
  }

  func receivedEnd() {
    finish(
      Status(code: .internalError, message: "the response ended without a status"), Metadata())
  }

  func sent(_ bytes: Int) { call.outbound.sent(bytes) }

  func closed(_ end: StreamEnd) {
    isClosed = true
    input?.stop()
    call.stream.value = nil
    call.isOver.store(true, ordering: .releasing)
    let error: RPCError =
      switch end {
      case .finished: RPCError(code: .unavailable, message: "the call is over")
      // "Stop sending, the answer is complete" (RFC 9113, section 8.1).
      case .reset(.noError, byPeer: true) where isResponseEnded:
        RPCError(code: .unavailable, message: "the call is over")
      case .reset(let code, let byPeer): RPCError(reset: code, byPeer: byPeer)
      case .connectionLost(let error): RPCError(error)
      }
    call.outbound.close(throwing: error)
    if !isResponseEnded { call.inbound.finish(throwing: error) }
  }

  private func finish(_ status: Status, _ metadata: Metadata) {
    guard !isResponseEnded else { return }
    isResponseEnded = true
    _ = call.inbound.push(.status(status, metadata), cost: 0)
    call.inbound.finish()
  }

  private func fail(_ error: RPCError) {
    guard !isResponseEnded else { return }
    isResponseEnded = true
    call.inbound.finish(throwing: error)
    connection.reset(id, .cancel)
  }
}
