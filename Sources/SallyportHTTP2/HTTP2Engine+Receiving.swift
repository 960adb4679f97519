internal import CNGHTTP2
package import NIOCore
internal import SallyportCore

extension HTTP2Engine {
  /// Feeds plaintext, in pieces of any size. Events are then taken with ``nextEvent()``.
  ///
  /// - Throws: When the connection is over; ``produce(into:limit:)`` may still hold a GOAWAY that
  ///   should be sent. Every later call throws the same.
  package func receive(_ plaintext: ByteBuffer) throws(HTTP2Error) {
    if let failure { throw failure }
    receivedAt = now()
    let queuedBefore = session.queuedFrames
    let result = plaintext.withUnsafeReadableBytes { bytes in
      received = ReceivedBytes(plaintext, base: bytes.baseAddress)
      return nghttp2_session_mem_recv(
        session.pointer, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
    }
    received = ReceivedBytes()
    if result < 0 {
      fail(Self.error(forLibraryError: Int32(result)))
    } else if session.queuedFrames > queuedBefore {
      // Among the replies may be the library's own GOAWAY: that the peer broke the protocol shows
      // in nothing else.
      stageControlFrames()
    }
    if let failure { throw failure }
  }

  private static func error(forLibraryError code: Int32) -> HTTP2Error {
    let reason = String(cString: nghttp2_strerror(code))
    return switch code {
    case NGHTTP2_ERR_BAD_CLIENT_MAGIC.rawValue:
      HTTP2Error(code: .protocolError, message: "the peer does not speak HTTP/2")
    case NGHTTP2_ERR_FLOODED.rawValue:
      HTTP2Error(code: .enhanceYourCalm, message: "the peer does not read our replies")
    case NGHTTP2_ERR_TOO_MANY_CONTINUATIONS.rawValue:
      HTTP2Error(code: .enhanceYourCalm, message: "too many CONTINUATION frames")
    default:
      HTTP2Error(code: .internalError, message: "the HTTP/2 library failed: \(reason)")
    }
  }

  // MARK: - Callbacks

  /// Every frame that is not skipped passes here first, by its header alone.
  func beginFrame(_ header: nghttp2_frame_hd) -> CallbackVerdict {
    switch FrameType(rawValue: header.type) {
    case .data:
      let isEmpty = header.length == 0 && header.flags & FrameFlag.endStream == 0
      return isEmpty ? count(.emptyFrame) : .proceed
    case .continuation:
      return header.length == 0 ? count(.emptyFrame) : .proceed
    case .headers:
      return .proceed
    case .resetStream:
      return countReset(of: header.stream_id)
    case .settings:
      return header.flags & FrameFlag.acknowledgement == 0 ? count(.settings) : .proceed
    case .ping:
      let isAnswer = header.flags & FrameFlag.acknowledgement != 0 && pingsUnderWay > 0
      return isAnswer ? .proceed : count(.ping)
    case .windowUpdate:
      return count(.windowUpdate)
    case .pushPromise:
      // RFC 9113, section 8.4: we have switched push off, and no client may push.
      return stop(.protocolError, "PUSH_PROMISE is not accepted")
    case .priority, .goAway, nil:
      return count(.other)
    }
  }

  func beginHeaders(_ frame: UnsafePointer<nghttp2_frame>) -> CallbackVerdict {
    let id = frame.pointee.hd.stream_id
    if frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST {
      streams[id] = HTTP2Stream(output: .unanswered, isSurfaced: false, window: initialWindow)
      lastPeerStream = id
    }
    incoming = IncomingHeaders(maximumSize: limits.maximumHeaderListSize)
    return .proceed
  }

  func receivedHeader(
    _ id: HTTP2StreamID, name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>,
    flags: UInt8
  ) -> CallbackVerdict {
    do throws(IncomingHeaders.Refusal) {
      let isSensitive = UInt32(flags) & NGHTTP2_NV_FLAG_NO_INDEX.rawValue != 0
      try incoming?.append(name: name, value: value, isSensitive: isSensitive)
      return .proceed
    } catch {
      let verdict = refuse(id, error == .tooLarge ? .enhanceYourCalm : .protocolError)
      return verdict.code == 0 ? .failStream : verdict
    }
  }

  func receivedData(_ id: HTTP2StreamID, _ bytes: UnsafePointer<UInt8>, count: Int)
    -> CallbackVerdict
  {
    // What has arrived no longer counts against other streams; the stream's own window bounds it.
    nghttp2_session_consume_connection(session.pointer, count)
    guard let stream = streams[id], !stream.isReset else {
      // Nobody will consume it.
      nghttp2_session_consume_stream(session.pointer, id, count)
      return .proceed
    }
    stream.unconsumed += count
    measureRoundTrip(for: stream)
    stream.window.received(
      count, creditLeft: Int(nghttp2_session_get_stream_local_window_size(session.pointer, id)),
      at: receivedAt, in: probe.isUnderWay ? probe.trip : nil)
    events.appendData(id, received.slice(at: bytes, count: count))
    return .proceed
  }

  /// Where the stream's window may grow, and might have to.
  private func measureRoundTrip(for stream: HTTP2Stream) {
    guard stream.window.size < limits.streamWindow, grownWindows < limits.windowGrowth,
      stream.window.isBusy, probe.begin(at: receivedAt)
    else { return }
    ping(RoundTripProbe.payload)
  }

  /// A frame is complete and obeys the rules that the library knows.
  func receivedFrame(_ frame: UnsafePointer<nghttp2_frame>) -> CallbackVerdict {
    let header = frame.pointee.hd
    switch FrameType(rawValue: header.type) {
    case .data:
      return receivedDataFrame(header, padding: frame.pointee.data.padlen)
    case .headers:
      return receivedHeaderList(header)
    case .resetStream:
      streams[header.stream_id]?.reset = .byPeer
    case .settings:
      if header.flags & FrameFlag.acknowledgement != 0 { events.append(.settingsAcknowledged) }
    case .ping:
      receivedPing(header, payload: frame.pointee.ping.opaque_data)
    case .goAway:
      receivedGoAway(frame.pointee.goaway)
    case .priority, .pushPromise, .windowUpdate, .continuation, nil:
      break
    }
    return .proceed
  }

  /// The library resets the stream, or ends the connection and says so in a GOAWAY.
  func receivedInvalidFrame(_ id: HTTP2StreamID) -> CallbackVerdict {
    streams[id]?.reset = .provoked
    return count(.provokedReset)
  }

  func streamClosed(_ id: HTTP2StreamID, _ code: HTTP2ErrorCode) -> CallbackVerdict {
    guard let stream = streams.removeValue(forKey: id) else { return .proceed }
    grownWindows -= stream.window.size - initialWindow
    if stream.sharesGrowth { sharingStreams -= 1 }
    if stream.isSurfaced {
      let isByPeer =
        switch stream.reset {
        case .byPeer: true
        case .no: peerIsGoingAway && code == .refusedStream
        case .byUs, .provoked: false
        }
      events.append(.streamClosed(id, code, byPeer: isByPeer))
    }
    return .proceed
  }

  // MARK: - Frames

  private func receivedDataFrame(_ header: nghttp2_frame_hd, padding: Int) -> CallbackVerdict {
    guard let stream = streams[header.stream_id], !stream.isReset else { return .proceed }
    if header.flags & FrameFlag.endStream != 0 {
      stream.inputEnded = true
      events.append(.inputEnded(header.stream_id))
    } else if header.length > 0, header.length <= padding {
      return count(.emptyFrame)
    }
    return .proceed
  }

  private func receivedHeaderList(_ header: nghttp2_frame_hd) -> CallbackVerdict {
    let id = header.stream_id
    guard let fields = incoming?.fields, let stream = streams[id] else { return .proceed }
    incoming = nil
    let isLast = header.flags & FrameFlag.endStream != 0
    if stream.hasHead {
      events.append(.trailers(id, fields))
    } else if role == .client, HeaderRules.isInformational(fields) {
      return count(.other)
    } else {
      if role == .server, !HeaderRules.allowRequest(fields) {
        return refuse(id, .protocolError)
      }
      stream.hasHead = true
      stream.isSurfaced = true
      events.append(.headers(id, fields, endStream: isLast))
    }
    stream.inputEnded = isLast
    return .proceed
  }

  private func receivedPing(
    _ header: nghttp2_frame_hd,
    payload: (UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8)
  ) {
    guard header.flags & FrameFlag.acknowledgement != 0, pingsUnderWay > 0 else { return }
    pingsUnderWay -= 1
    let bytes = withUnsafeBytes(of: payload) { $0.loadUnaligned(as: UInt64.self) }
    let payload = UInt64(bigEndian: bytes)
    guard payload == RoundTripProbe.payload else {
      return events.append(.pingAcknowledged(payload))
    }
    guard let trip = probe.end() else { return }
    for stream in streams.values { stream.window.ended(trip) }
  }

  private func receivedGoAway(_ frame: nghttp2_goaway) {
    peerIsGoingAway = true
    let debug = UnsafeBufferPointer(
      start: frame.opaque_data, count: min(frame.opaque_data_len, GoAwayFrame.maximumDebugData))
    events.append(
      .goAway(
        last: frame.last_stream_id, HTTP2ErrorCode(rawValue: frame.error_code),
        debugData: String(decoding: debug, as: UTF8.self)))
  }

  // MARK: - Limits

  /// Resets a stream whose peer broke a rule, and counts that.
  private func refuse(_ id: HTTP2StreamID, _ code: HTTP2ErrorCode) -> CallbackVerdict {
    streams[id]?.reset = .provoked
    let flags = UInt8(NGHTTP2_FLAG_NONE.rawValue)
    nghttp2_submit_rst_stream(session.pointer, flags, id, code.rawValue)
    return count(.provokedReset)
  }

  /// A client's streams are its own to lose; a server's cost work.
  private func countReset(of id: HTTP2StreamID) -> CallbackVerdict {
    guard let stream = streams[id] else { return count(.reset) }
    guard role == .server else { return .proceed }
    return count(stream.isAnswered ? .reset : .earlyReset)
  }

  func count(_ kind: AbuseLimiter.Kind) -> CallbackVerdict {
    guard limiter.allows(kind, at: receivedAt) else {
      return stop(
        .enhanceYourCalm,
        "too many \(kind) (limit \(limits.maximumControlFrames) per \(limits.abuseInterval))")
    }
    return .proceed
  }

  private func stop(_ code: HTTP2ErrorCode, _ message: String) -> CallbackVerdict {
    fail(HTTP2Error(code: code, message: message))
    return .failConnection
  }
}
