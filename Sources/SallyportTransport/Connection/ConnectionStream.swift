import NIOCore
import SallyportHTTP2

/// How a stream ended, as its object hears it once and last.
enum StreamEnd {
  /// Both halves ended.
  case finished
  case reset(HTTP2ErrorCode, byPeer: Bool)
  case connectionLost(ConnectionError)
}

/// One HTTP/2 stream of a ``SecureConnection``. Called on the connection's event loop.
protocol ConnectionStream: AnyObject {
  /// The response head, on streams that this side opened.
  func receivedHeaders(_ fields: [HeaderField], endStream: Bool)
  /// The bytes must be given back through `SecureConnection.consume`.
  func receivedData(_ data: ByteBuffer)
  func receivedTrailers(_ fields: [HeaderField])
  func receivedEnd()
  /// Bytes of this stream have been put into frames.
  func sent(_ bytes: Int)
  /// All input that was at hand has been delivered; called where asked for with
  /// `SecureConnection.notifyAfterBatch`.
  func batchEnded()
  /// The connection has been draining for as long as calls may take to end.
  func callGraceEnded()
  func closed(_ end: StreamEnd)
}

extension ConnectionStream {
  func receivedHeaders(_ fields: [HeaderField], endStream: Bool) {}
  func batchEnded() {}
  func callGraceEnded() {}
}
