internal import CNGHTTP2
package import NIOCore
internal import SallyportCore

extension HTTP2Engine {
  /// Client: opens a stream.
  ///
  /// - Throws: `refusedStream` where the peer's limit is reached, after GOAWAY, and where stream
  ///   ids are used up: the request was not sent and may go to another connection.
  package func openStream(_ headers: [HeaderField], endStream: Bool) throws(HTTP2Error)
    -> HTTP2StreamID
  {
    guard role == .client, failure == nil, !isGoingAway, !peerIsGoingAway else {
      throw HTTP2Error(
        code: .refusedStream, message: "no streams are opened on a connection that is ending")
    }
    let allowed = session.remoteSetting(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS)
    guard streams.count < allowed else {
      throw HTTP2Error(
        code: .refusedStream,
        message: "all \(allowed) streams that the peer allows are open; wait for one to close")
    }
    try check(headers)
    let id = HeaderBlock.withPairs(headers) { pairs, count in
      var provider = NGHTTP2Callbacks.dataProvider
      return endStream
        ? nghttp2_submit_request(session.pointer, nil, pairs, count, nil, nil)
        : nghttp2_submit_request(session.pointer, nil, pairs, count, &provider, nil)
    }
    guard id > 0 else {
      throw HTTP2Error(
        code: .refusedStream,
        message: "this connection cannot open more streams: \(Self.text(id)); open another one")
    }
    streams[id] = HTTP2Stream(
      output: endStream ? .endHandedOver : .open, isSurfaced: true, window: initialWindow)
    return id
  }

  /// Server: the response head. With `endStream` it is also the end.
  ///
  /// - Throws: `streamClosed` where the stream is gone, `internalError` where the head was sent
  ///   before or a field is not valid.
  package func sendHeaders(_ stream: HTTP2StreamID, _ headers: [HeaderField], endStream: Bool)
    throws(HTTP2Error)
  {
    let state = try open(stream)
    guard role == .server, case .unanswered = state.output,
      !HeaderRules.isInformational(headers)
    else {
      throw HTTP2Error(
        code: .internalError, message: "stream \(stream) takes one response head, from a server")
    }
    try check(headers)
    let result = HeaderBlock.withPairs(headers) { pairs, count in
      var provider = NGHTTP2Callbacks.dataProvider
      return endStream
        ? nghttp2_submit_response(session.pointer, stream, pairs, count, nil)
        : nghttp2_submit_response(session.pointer, stream, pairs, count, &provider)
    }
    guard result == 0 else {
      throw HTTP2Error(code: .internalError, message: "cannot answer: \(Self.text(result))")
    }
    state.output = endStream ? .endHandedOver : .open
  }

  /// Trailers, which end our half of the stream. They follow the data queued before.
  ///
  /// - Throws: As ``sendData(_:_:endStream:)``.
  package func sendTrailers(_ stream: HTTP2StreamID, _ headers: [HeaderField])
    throws(HTTP2Error)
  {
    let state = try writable(stream)
    try check(headers)
    state.output = .ending(trailers: headers)
    resume(stream, state)
  }

  /// Queues data; the engine keeps it until the peer's windows let it out. Bound it by
  /// ``queuedBytes(_:)``.
  ///
  /// - Throws: `streamClosed` where the stream is gone, `internalError` where our half has ended or
  ///   the response head is missing.
  package func sendData(_ stream: HTTP2StreamID, _ data: ByteBuffer, endStream: Bool)
    throws(HTTP2Error)
  {
    let state = try writable(stream)
    state.outbound.append(data)
    if endStream { state.output = .ending(trailers: nil) }
    guard endStream || data.readableBytes > 0 else { return }
    resume(stream, state)
  }

  /// Bytes dealt with; opens the stream's window in time, and widens it where it holds back a
  /// sender whose reader keeps up. The connection's window was opened when the bytes arrived.
  package func consume(_ stream: HTTP2StreamID, count: Int) {
    guard failure == nil, let state = streams[stream] else { return }
    let given = min(max(0, count), state.unconsumed)
    guard given > 0 else { return }
    state.unconsumed -= given
    nghttp2_session_consume_stream(session.pointer, stream, given)
    resizeWindow(of: stream, state)
  }

  /// Streams that have found their window too narrow have equal shares of what there is; who has
  /// more gives it back as its bytes are read.
  private func resizeWindow(of id: HTTP2StreamID, _ stream: HTTP2Stream) {
    if !stream.sharesGrowth {
      guard stream.window.isTooNarrow(unread: stream.unconsumed) else { return }
      stream.sharesGrowth = true
      sharingStreams += 1
    }
    let share = limits.windowGrowth / sharingStreams
    guard
      let size = stream.window.resized(
        unread: stream.unconsumed, maximum: min(limits.streamWindow, initialWindow + share),
        room: limits.windowGrowth - grownWindows),
      nghttp2_session_set_local_window_size(
        session.pointer, UInt8(NGHTTP2_FLAG_NONE.rawValue), id, Int32(clamping: size)) == 0
    else { return }
    grownWindows += size - stream.window.size
    stream.window = StreamWindow(size: size)
  }

  /// Resets a stream, and drops what is queued for it; ``HTTP2Event/streamClosed(_:_:byPeer:)``
  /// follows when RST_STREAM is produced.
  ///
  /// With `noError`, where our end of the stream has been queued, RST_STREAM follows that end: "stop
  /// sending, the answer is complete" (RFC 9113, section 8.1).
  package func reset(_ stream: HTTP2StreamID, _ code: HTTP2ErrorCode) {
    guard failure == nil, let state = streams[stream], !state.isReset else { return }
    switch state.output {
    case .ending where code == .noError, .endHandedOver where code == .noError:
      state.isResetAfterEnd = true
    case .unanswered, .open, .ending, .endHandedOver, .ended:
      submitReset(of: stream, state, code)
    }
  }

  func submitReset(of id: HTTP2StreamID, _ stream: HTTP2Stream, _ code: HTTP2ErrorCode) {
    stream.reset = .byUs
    stream.outbound.removeAll()
    let flags = UInt8(NGHTTP2_FLAG_NONE.rawValue)
    nghttp2_submit_rst_stream(session.pointer, flags, id, code.rawValue)
  }

  /// Asks for a sign of life, answered by ``HTTP2Event/pingAcknowledged(_:)``.
  package func ping(_ payload: UInt64) {
    guard failure == nil else { return }
    pingsUnderWay += 1
    let flags = UInt8(NGHTTP2_FLAG_NONE.rawValue)
    withUnsafeBytes(of: payload.bigEndian) { bytes in
      _ = nghttp2_submit_ping(
        session.pointer, flags, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
  }

  /// Announces shutdown; streams go on. Send ``goAway(_:debugData:)`` after a round trip.
  ///
  /// A server sends GOAWAY with the highest id first (RFC 9113, section 6.8), so that requests under
  /// way are not lost. A client opens no more streams and says so.
  package func beginShutdown() {
    guard failure == nil, !isGoingAway else { return }
    switch role {
    case .server:
      isGoingAway = true
      if nghttp2_submit_shutdown_notice(session.pointer) == 0 { goAwaysQueued += 1 }
    case .client:
      goAway(.noError, debugData: "")
    }
  }

  /// GOAWAY with the last stream handled: nothing above it will be, streams up to it go on.
  package func goAway(_ code: HTTP2ErrorCode, debugData: String) {
    guard failure == nil else { return }
    isGoingAway = true
    goAwaysQueued += 1
    let debug = Array(debugData.utf8.prefix(GoAwayFrame.maximumDebugData))
    let flags = UInt8(NGHTTP2_FLAG_NONE.rawValue)
    let last = nghttp2_session_get_last_proc_stream_id(session.pointer)
    let result = nghttp2_submit_goaway(
      session.pointer, flags, last, code.rawValue, debug, debug.count)
    if result != 0 { goAwaysQueued -= 1 }
  }

  // MARK: - Checks

  private func open(_ id: HTTP2StreamID) throws(HTTP2Error) -> HTTP2Stream {
    guard failure == nil, let stream = streams[id], !stream.isReset else {
      throw HTTP2Error(code: .streamClosed, message: "stream \(id) is closed")
    }
    return stream
  }

  private func writable(_ id: HTTP2StreamID) throws(HTTP2Error) -> HTTP2Stream {
    let stream = try open(id)
    guard stream.isWritable else {
      throw HTTP2Error(
        code: .internalError,
        message: "stream \(id) takes data after its head and before its end only")
    }
    return stream
  }

  private func check(_ headers: [HeaderField]) throws(HTTP2Error) {
    let peerAllows = session.remoteSetting(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE)
    let maximumSize = min(HeaderBlock.maximumSize, peerAllows)
    if let violation = HeaderBlock.violation(headers, maximumSize: maximumSize) {
      throw HTTP2Error(code: .internalError, message: violation)
    }
  }

  private func resume(_ id: HTTP2StreamID, _ stream: HTTP2Stream) {
    guard stream.isDeferred else { return }
    stream.isDeferred = false
    nghttp2_session_resume_data(session.pointer, id)
  }

  private static func text(_ code: Int32) -> String {
    String(cString: nghttp2_strerror(code))
  }
}
