import GRPCCore
import SallyportHTTP2
import SallyportRelay

/// A stream that the peer has just opened, and that may be answered without ever becoming work.
struct OpenedStream {
  let connection: SecureConnection
  let id: HTTP2StreamID
  let fields: [HeaderField]
  /// The request is complete.
  let isEnded: Bool

  func refuse(_ fields: [HeaderField]) {
    connection.sendHeaders(id, fields, endStream: true)
    if !isEnded { connection.stopInput(id) }
  }

  func refuse(_ status: Status) {
    refuse(GRPCHeaders.trailersOnly(GRPCHeaders.trailers(status, Metadata())))
  }

  func refuse(_ refusal: RelayRefusal) { refuse(ConnectRequestHead.refusal(refusal)) }
}
