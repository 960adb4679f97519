internal import NIOCore

/// GOAWAY as bytes (RFC 9113, section 6.8), for when the library may no longer be called.
struct GoAwayFrame {
  /// Bytes of debug data at most; it is read by people, in logs.
  static let maximumDebugData = 256

  var last: HTTP2StreamID
  var code: HTTP2ErrorCode
  var debugData: String

  func write(to buffer: inout ByteBuffer) {
    let debug = Array(debugData.utf8.prefix(Self.maximumDebugData))
    let length = UInt32(8 + debug.count)
    buffer.writeInteger(length << 8 | UInt32(FrameType.goAway.rawValue))
    buffer.writeInteger(0 as UInt8)
    buffer.writeInteger(0 as UInt32)
    buffer.writeInteger(last)
    buffer.writeInteger(code.rawValue)
    buffer.writeBytes(debug)
  }
}
