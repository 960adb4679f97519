import NIOCore
import SallyportHTTP2

/// What streams do with their connection.
extension SecureConnection {
  /// Client: opens a stream.
  /// - Throws: ``ConnectionError`` where the connection takes no more streams.
  func open(
    _ stream: any ConnectionStream, _ fields: [HeaderField], endStream: Bool
  ) throws(ConnectionError) -> HTTP2StreamID {
    guard lifecycle.mayOpenStreams, let http2 else {
      throw goAwayError
        ?? ConnectionError(
          code: .closedLocally, message: "the connection is closing and takes no new streams")
    }
    do {
      let id = try http2.openStream(fields, endStream: endStream)
      add(stream, id)
      setNeedsOutput()
      return id
    } catch {
      throw ConnectionError(opening: error)
    }
  }

  /// - Parameter fallback: Sent where `fields` are too long for the peer, or not valid; without it
  ///   the stream is reset.
  func sendHeaders(
    _ id: HTTP2StreamID, _ fields: [HeaderField], endStream: Bool,
    orElse fallback: [HeaderField]? = nil
  ) {
    send(id, fields, orElse: fallback) { http2, fields throws(HTTP2Error) in
      try http2.sendHeaders(id, fields, endStream: endStream)
    }
  }

  /// As ``sendHeaders(_:_:endStream:orElse:)``.
  func sendTrailers(
    _ id: HTTP2StreamID, _ fields: [HeaderField], orElse fallback: [HeaderField]? = nil
  ) {
    send(id, fields, orElse: fallback) { http2, fields throws(HTTP2Error) in
      try http2.sendTrailers(id, fields)
    }
  }

  func sendData(_ id: HTTP2StreamID, _ data: ByteBuffer, endStream: Bool) {
    send(id) { http2 throws(HTTP2Error) in
      try http2.sendData(id, data, endStream: endStream)
    }
  }

  private func send(
    _ id: HTTP2StreamID, _ fields: [HeaderField], orElse fallback: [HeaderField]?,
    _ body: (HTTP2Engine, [HeaderField]) throws(HTTP2Error) -> Void
  ) {
    send(id) { http2 throws(HTTP2Error) in
      do throws(HTTP2Error) {
        try body(http2, fields)
      } catch {
        guard error.code == .internalError, let fallback else { throw error }
        try body(http2, fallback)
      }
    }
  }

  private func send(
    _ id: HTTP2StreamID, _ body: (HTTP2Engine) throws(HTTP2Error) -> Void
  ) {
    guard let http2 else { return }
    do {
      try body(http2)
      setNeedsOutput()
    } catch {
      reset(id, .internalError)
    }
  }

  func queuedBytes(_ id: HTTP2StreamID) -> Int { http2?.queuedBytes(id) ?? 0 }

  func consume(_ id: HTTP2StreamID, _ count: Int) {
    guard count > 0, let http2 else { return }
    http2.consume(id, count: count)
    setNeedsOutput()
  }

  /// The stream hears `closed` before this returns.
  func reset(_ id: HTTP2StreamID, _ code: HTTP2ErrorCode) {
    guard let http2 else { return }
    http2.reset(id, code)
    setNeedsOutput()
    remove(id, .reset(code, byPeer: false))
  }

  /// After a complete response to a request that has not ended: asks the peer to stop sending
  /// once the response is on its way (RFC 9113, section 8.1).
  func stopInput(_ id: HTTP2StreamID) {
    http2?.reset(id, .noError)
    setNeedsOutput()
  }

  /// Calls `batchEnded` once everything that is at hand has been delivered.
  func notifyAfterBatch(_ stream: any ConnectionStream) {
    batchListeners.append(stream)
    if !isInBatch { scheduleSettle() }
  }
}
