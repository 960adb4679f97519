internal import CNGHTTP2
package import NIOCore
internal import SallyportCore

extension HTTP2Engine {
  /// Replies that may wait for a peer that does not read, in multiples of what a peer may ask for
  /// per interval.
  private static let unreadRepliesFactor = 4

  /// Appends frames to `output` until it holds at least `limit` bytes or nothing is left. Control
  /// frames come first, then DATA of the streams in turn, by weight. The last frame may exceed
  /// `limit` by its length.
  ///
  /// - Returns: True where more is waiting.
  /// - Throws: When the connection is over; `output` then ends with a GOAWAY that should be sent.
  package func produce(into output: inout ByteBuffer, limit: Int) throws(HTTP2Error) -> Bool {
    output.writeBuffer(&self.output)
    self.output = ByteBuffer()
    stagedReplies = 0
    guard failure == nil else { return false }
    swap(&self.output, &output)
    defer { swap(&self.output, &output) }
    drain(limit: limit)
    if let failure { throw failure }
    return self.output.readableBytes >= limit && session.wantsWrite
  }

  /// Lets the library write everything but DATA, to leave with the next ``produce(into:limit:)``.
  func stageControlFrames() {
    isStaging = true
    drain(limit: .max)
    isStaging = false
    if stagedReplies > limits.maximumControlFrames * Self.unreadRepliesFactor {
      fail(HTTP2Error(code: .enhanceYourCalm, message: "the peer does not read our replies"))
    }
  }

  /// Lets the library write to ``output`` until that holds `limit` bytes.
  private func drain(limit: Int) {
    outputLimit = limit
    while output.readableBytes < limit {
      var bytes: UnsafePointer<UInt8>?
      let count = nghttp2_session_mem_send(session.pointer, &bytes)
      guard count > 0 else {
        if count < 0 {
          fail(HTTP2Error(code: .internalError, message: "the HTTP/2 library failed to write"))
        }
        return
      }
      output.writeBytes(UnsafeRawBufferPointer(start: bytes, count: count))
    }
  }

  // MARK: - Callbacks

  /// How long the next DATA frame of a stream may be, windows left out.
  ///
  /// Not more than is queued, because the library grows a buffer to that length and keeps it.
  func longestFrame(_ id: HTTP2StreamID, peerAllows: Int) -> Int {
    let queued = streams[id]?.outbound.byteCount ?? 0
    return max(1, min(queued, peerAllows, limits.maximumFrameSize))
  }

  /// Chooses what the next DATA frame of a stream holds.
  ///
  /// - Returns: Its bytes, or an error of the library: later, or not at all.
  func dataToFrame(_ id: HTTP2StreamID, maximum: Int, flags: inout UInt32) -> Int {
    if isStaging || output.readableBytes >= outputLimit {
      return Int(NGHTTP2_ERR_PAUSE.rawValue)
    }
    guard let stream = streams[id], !stream.isReset else {
      return Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)
    }
    let count = min(maximum, stream.outbound.byteCount)
    let isLast = count == stream.outbound.byteCount
    if isLast, case .ending(let trailers) = stream.output {
      flags |= NGHTTP2_DATA_FLAG_EOF.rawValue
      if let trailers {
        flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue
        HeaderBlock.withPairs(trailers) { _ = nghttp2_submit_trailer(session.pointer, id, $0, $1) }
      }
      stream.output = .endHandedOver
    } else if count == 0 {
      stream.isDeferred = true
      return Int(NGHTTP2_ERR_DEFERRED.rawValue)
    }
    flags |= NGHTTP2_DATA_FLAG_NO_COPY.rawValue
    return count
  }

  /// Writes a DATA frame: the header that the library made, and our bytes.
  func frameData(_ id: HTTP2StreamID, header: UnsafePointer<UInt8>, count: Int) -> CallbackVerdict {
    guard let stream = streams[id], stream.outbound.byteCount >= count else { return .failStream }
    let headerLength = 9
    output.reserveCapacity(minimumWritableBytes: headerLength + count)
    output.writeBytes(UnsafeRawBufferPointer(start: header, count: headerLength))
    stream.outbound.move(count, to: &output)
    limiter.dataFrameSent(bytes: count)
    if count > 0 { events.appendSent(id, bytes: count) }
    return .proceed
  }

  func frameSent(_ frame: UnsafePointer<nghttp2_frame>) -> CallbackVerdict {
    let header = frame.pointee.hd
    switch FrameType(rawValue: header.type) {
    case .data, .headers:
      if header.flags & FrameFlag.endStream != 0 { sentEnd(of: header.stream_id) }
    case .resetStream:
      if isStaging { stagedReplies += 1 }
      return sentReset(of: header.stream_id)
    case .settings, .ping:
      if isStaging { stagedReplies += 1 }
    case .goAway:
      sentGoAway(frame.pointee.goaway)
    case .priority, .pushPromise, .windowUpdate, .continuation, nil:
      break
    }
    return .proceed
  }

  // MARK: - Frames

  private func sentEnd(of id: HTTP2StreamID) {
    guard let stream = streams[id] else { return }
    stream.output = .ended
    if stream.isResetAfterEnd, !stream.inputEnded, !stream.isReset {
      submitReset(of: id, stream, .noError)
    }
  }

  /// Counts the resets that the library decided on and did not announce.
  private func sentReset(of id: HTTP2StreamID) -> CallbackVerdict {
    guard let stream = streams[id], case .no = stream.reset else { return .proceed }
    stream.reset = .provoked
    receivedAt = now()
    return count(.provokedReset)
  }

  /// A GOAWAY that nobody asked for is the library's verdict on the peer.
  private func sentGoAway(_ frame: nghttp2_goaway) {
    if goAwaysQueued > 0 {
      goAwaysQueued -= 1
      return
    }
    let code = HTTP2ErrorCode(rawValue: frame.error_code)
    guard code != .noError, failure == nil else { return }
    let debug = UnsafeBufferPointer(start: frame.opaque_data, count: frame.opaque_data_len)
    let reason = String(decoding: debug, as: UTF8.self)
    let name = String(cString: nghttp2_http2_strerror(frame.error_code))
    failure = HTTP2Error(
      code: code,
      message: "the peer broke the HTTP/2 protocol: \(name)\(reason.isEmpty ? "" : ": \(reason)")")
  }
}
