internal import CNGHTTP2

/// The library's callbacks: each forwards in one line to the engine that the user data names.
enum NGHTTP2Callbacks {
  static func install(in callbacks: OpaquePointer?) {
    nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, onBeginFrame)
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, onBeginHeaders)
    nghttp2_session_callbacks_set_on_header_callback(callbacks, onHeader)
    nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks, onInvalidHeader)
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, onDataChunk)
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, onFrameReceived)
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, onInvalidFrame)
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, onStreamClose)
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, onFrameSent)
    nghttp2_session_callbacks_set_data_source_read_length_callback(callbacks, onReadLength)
    nghttp2_session_callbacks_set_send_data_callback(callbacks, onSendData)
  }

  /// Where DATA of a stream comes from.
  static var dataProvider: nghttp2_data_provider {
    nghttp2_data_provider(source: nghttp2_data_source(), read_callback: onReadData)
  }

  /// Without an engine the session is being freed; the library calls nothing then.
  fileprivate static func forward(
    _ userData: UnsafeMutableRawPointer?, _ body: (HTTP2Engine) -> CallbackVerdict
  ) -> Int32 {
    guard let userData else { return CallbackVerdict.failConnection.code }
    return body(Unmanaged<HTTP2Engine>.fromOpaque(userData).takeUnretainedValue()).code
  }
}

private func onBeginFrame(
  _: OpaquePointer?, header: UnsafePointer<nghttp2_frame_hd>?, userData: UnsafeMutableRawPointer?
) -> Int32 {
  guard let header else { return 0 }
  return NGHTTP2Callbacks.forward(userData) { $0.beginFrame(header.pointee) }
}

private func onBeginHeaders(
  _: OpaquePointer?, frame: UnsafePointer<nghttp2_frame>?, userData: UnsafeMutableRawPointer?
) -> Int32 {
  guard let frame else { return 0 }
  return NGHTTP2Callbacks.forward(userData) { $0.beginHeaders(frame) }
}

private func onHeader(
  _: OpaquePointer?, frame: UnsafePointer<nghttp2_frame>?, name: UnsafePointer<UInt8>?,
  nameCount: Int, value: UnsafePointer<UInt8>?, valueCount: Int, flags: UInt8,
  userData: UnsafeMutableRawPointer?
) -> Int32 {
  guard let frame else { return 0 }
  let name = UnsafeBufferPointer(start: name, count: nameCount)
  let value = UnsafeBufferPointer(start: value, count: valueCount)
  return NGHTTP2Callbacks.forward(userData) {
    $0.receivedHeader(frame.pointee.hd.stream_id, name: name, value: value, flags: flags)
  }
}

/// The library would drop the field and go on; the request is refused instead.
private func onInvalidHeader(
  _: OpaquePointer?, frame: UnsafePointer<nghttp2_frame>?, name: UnsafePointer<UInt8>?,
  nameCount: Int, value: UnsafePointer<UInt8>?, valueCount: Int, flags: UInt8,
  userData: UnsafeMutableRawPointer?
) -> Int32 {
  CallbackVerdict.failStream.code
}

private func onDataChunk(
  _: OpaquePointer?, flags: UInt8, stream: Int32, bytes: UnsafePointer<UInt8>?, count: Int,
  userData: UnsafeMutableRawPointer?
) -> Int32 {
  guard let bytes else { return 0 }
  return NGHTTP2Callbacks.forward(userData) { $0.receivedData(stream, bytes, count: count) }
}

private func onFrameReceived(
  _: OpaquePointer?, frame: UnsafePointer<nghttp2_frame>?, userData: UnsafeMutableRawPointer?
) -> Int32 {
  guard let frame else { return 0 }
  return NGHTTP2Callbacks.forward(userData) { $0.receivedFrame(frame) }
}

private func onInvalidFrame(
  _: OpaquePointer?, frame: UnsafePointer<nghttp2_frame>?, error: Int32,
  userData: UnsafeMutableRawPointer?
) -> Int32 {
  guard let frame else { return 0 }
  return NGHTTP2Callbacks.forward(userData) {
    $0.receivedInvalidFrame(frame.pointee.hd.stream_id)
  }
}

private func onStreamClose(
  _: OpaquePointer?, stream: Int32, code: UInt32, userData: UnsafeMutableRawPointer?
) -> Int32 {
  NGHTTP2Callbacks.forward(userData) { $0.streamClosed(stream, HTTP2ErrorCode(rawValue: code)) }
}

private func onFrameSent(
  _: OpaquePointer?, frame: UnsafePointer<nghttp2_frame>?, userData: UnsafeMutableRawPointer?
) -> Int32 {
  guard let frame else { return 0 }
  return NGHTTP2Callbacks.forward(userData) { $0.frameSent(frame) }
}

private func onReadLength(
  _: OpaquePointer?, type: UInt8, stream: Int32, connectionWindow: Int32, streamWindow: Int32,
  maximumFrameSize: UInt32, userData: UnsafeMutableRawPointer?
) -> Int {
  guard let userData else { return 1 }
  return Unmanaged<HTTP2Engine>.fromOpaque(userData).takeUnretainedValue()
    .longestFrame(stream, peerAllows: Int(maximumFrameSize))
}

private func onReadData(
  _: OpaquePointer?, stream: Int32, buffer: UnsafeMutablePointer<UInt8>?, maximum: Int,
  flags: UnsafeMutablePointer<UInt32>?, source: UnsafeMutablePointer<nghttp2_data_source>?,
  userData: UnsafeMutableRawPointer?
) -> Int {
  guard let userData, let flags else { return Int(CallbackVerdict.failConnection.code) }
  return Unmanaged<HTTP2Engine>.fromOpaque(userData).takeUnretainedValue()
    .dataToFrame(stream, maximum: maximum, flags: &flags.pointee)
}

private func onSendData(
  _: OpaquePointer?, frame: UnsafeMutablePointer<nghttp2_frame>?, header: UnsafePointer<UInt8>?,
  count: Int, source: UnsafeMutablePointer<nghttp2_data_source>?,
  userData: UnsafeMutableRawPointer?
) -> Int32 {
  guard let frame, let header else { return CallbackVerdict.failConnection.code }
  return NGHTTP2Callbacks.forward(userData) {
    $0.frameData(frame.pointee.hd.stream_id, header: header, count: count)
  }
}
