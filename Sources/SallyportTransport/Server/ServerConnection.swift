import GRPCCore
import Logging
import NIOCore
import SallyportCore
import SallyportHTTP2
import SallyportMetrics
import SallyportRelay

/// One accepted connection: turns its streams into work for the listener's tasks.
final class ServerConnection: ConnectionDelegate {
  private let listener: Listener
  private let address: String
  private let remote: SocketAddress?
  private let local: SocketAddress?
  private var info: ConnectionInfo?
  private var isPending = true

  /// - Parameter address: What was said at the listener's desk.
  init(listener: Listener, address: String, remote: SocketAddress?, local: SocketAddress?) {
    self.listener = listener
    self.address = address
    self.remote = remote
    self.local = local
  }

  func connectionSecured(_ connection: SecureConnection) {
    listener.metrics.secured.increment()
    // Where nobody shows a certificate, nobody leaves before the connection ends.
    if connection.peer != nil { leaveDesk(isKnown: true) }
    let info = ConnectionInfo(
      context: PeerContext(
        peer: connection.peer, connection: connection.id,
        remoteAddress: remote?.text ?? "unknown"),
      remotePeer: remote?.grpcText ?? "unknown", localPeer: local?.grpcText ?? "unknown",
      calls: CallCounter(maximum: connection.limits.maximumConcurrentStreams))
    self.info = info
    listener.registry.secured(connection.id, info.context)
  }

  func connection(
    _ connection: SecureConnection, opened stream: HTTP2StreamID, _ fields: [HeaderField],
    endStream: Bool
  ) -> (any ConnectionStream)? {
    guard let info else { return nil }
    let opened = OpenedStream(
      connection: connection, id: stream, fields: fields, isEnded: endStream)
    return fields.contains(HeaderField(":method", "CONNECT"))
      ? acceptRelay(opened, info) : acceptCall(opened, info)
  }

  func connectionDraining(_ connection: SecureConnection) {
    for stream in connection.streams.values {
      (stream as? GRPCServerStream)?.call.cancel()
    }
  }

  func connectionClosed(_ connection: SecureConnection, _ error: ConnectionError) {
    leaveDesk(isKnown: info != nil)
    listener.metrics.open.subtract(1)
    if info == nil { listener.metrics.failedHandshakes.increment() }
    listener.registry.remove(connection.id)
    if info == nil, error.code == .tlsFailed {
      listener.onRefusedPeer(remote?.text ?? "unknown", error.message)
    }
    listener.logger.debug(
      "connection closed",
      metadata: [
        "connection": "\(connection.id)", "remote": "\(remote?.text ?? "unknown")",
        "peer": "\(info?.context.peer?.spiffeID.uri ?? "none")", "reason": "\(error.message)",
      ])
  }

  private func leaveDesk(isKnown: Bool) {
    guard isPending else { return }
    isPending = false
    listener.desk.left(address, isKnown: isKnown)
  }

  // MARK: Streams

  private func acceptCall(
    _ opened: OpenedStream, _ info: ConnectionInfo
  ) -> (any ConnectionStream)? {
    let head: GRPCRequestHead
    do {
      head = try GRPCRequestHead(opened.fields)
    } catch {
      switch error {
      case .http(let status): opened.refuse([HeaderField(":status", String(status))])
      case .status(let status): opened.refuse(status)
      }
      return nil
    }
    guard info.calls.begin() else {
      opened.refuse(
        Status(code: .resourceExhausted, message: "too many calls on this connection at once"))
      return nil
    }
    let stream = GRPCServerStream(
      id: opened.id, head: head, connection: opened.connection, endStream: opened.isEnded)
    // Too late to hear of the end with the others, too early to be refused by it.
    if opened.connection.lifecycle.isDraining { stream.call.cancel() }
    listener.enqueue(.call(stream.call, info), on: opened.connection.eventLoop)
    return stream
  }

  private func acceptRelay(
    _ opened: OpenedStream, _ info: ConnectionInfo
  ) -> (any ConnectionStream)? {
    guard listener.connectHandler != nil else {
      opened.refuse(RelayRefusal(status: 405, reason: "this listener carries no relays"))
      return nil
    }
    guard let head = ConnectRequestHead(opened.fields) else {
      opened.refuse(RelayRefusal(status: 400, reason: "CONNECT without a usable authority"))
      return nil
    }
    guard info.calls.begin() else {
      opened.refuse(
        RelayRefusal(
          status: 503, reason: "too many streams on this connection at once",
          retryAfter: .seconds(1)))
      return nil
    }
    let stream = ConnectStream(
      id: opened.id, head: head, context: info.context, connection: opened.connection,
      endStream: opened.isEnded)
    listener.enqueue(.relay(stream.leg, info), on: opened.connection.eventLoop)
    return stream
  }
}
