import NIOCore
import SallyportHTTP2
import SallyportTLS

/// Draining, failing and closing.
extension SecureConnection {
  /// Lets open streams end, for `grace` at most, and closes the connection. The peer is told
  /// twice: first that the end is near, then which streams still count. A server's connection that
  /// is in its handshake goes on to its end, and is drained then.
  func drain(grace: TimeAmount) {
    guard !lifecycle.isClosed else { return }
    timers.grace(grace, now: .now())
    beginDrain()
  }

  func beginDrain() {
    let wasOpen = lifecycle.mayOpenStreams
    perform(lifecycle.beginDrain())
    armTimer()
    if wasOpen { delegate?.connectionDraining(self) }
    setNeedsOutput()
  }

  /// Ends the connection at once.
  /// - Parameter code: Told to the peer in a GOAWAY.
  func close(_ error: ConnectionError, _ code: HTTP2ErrorCode = .noError) {
    guard !lifecycle.isClosed else { return }
    if let http2, lifecycle.isSecured {
      http2.goAway(code, debugData: "")
      flushLastWords()
    }
    finish(error)
  }

  func perform(_ action: ConnectionLifecycle.DrainAction) {
    switch action {
    case .nothing: break
    case .announce:
      http2?.beginShutdown()
      http2?.ping(Self.drainPing)
      timers.announced(now: .now())
      setNeedsOutput()
    case .sendGoAway:
      timers.draining()
      http2?.goAway(.noError, debugData: "")
      setNeedsOutput()
    case .closeNow:
      finish(ConnectionError(code: .closedLocally, message: "the connection was closed"))
    }
  }

  /// After an engine threw: sends the GOAWAY or alert that it left, and closes.
  func fail(_ error: ConnectionError) {
    guard !lifecycle.isClosed else { return }
    if error.code == .protocolViolation { flushLastWords() }
    finish(goAwayError ?? error)
  }

  func closeIfDone() {
    guard let http2 else { return }
    if lifecycle.closesWithLastStream, streams.isEmpty, !needsOutput {
      if configuration.role == .client {
        http2.goAway(.noError, debugData: "")
        flushLastWords()
      }
      finish(
        goAwayError
          ?? ConnectionError(code: .closedLocally, message: "the connection was closed"))
    } else if http2.isFinished {
      finish(
        goAwayError
          ?? ConnectionError(code: .closedByPeer, message: "the peer closed the connection"))
    }
  }

  private func flushLastWords() {
    guard let http2, let tls else { return }
    var frames = ByteBuffer()
    _ = try? http2.produce(into: &frames, limit: OutputScratch.limit)
    if frames.readableBytes > 0 { try? tls.write(frames) }
  }

  /// The end: streams first, then the delegate, each once.
  func finish(_ error: ConnectionError) {
    let wasSecured = lifecycle.isSecured
    guard lifecycle.close() else { return }
    timer?.task.cancel()
    timer = nil
    // After an engine failure there is only its alert left to send.
    if wasSecured, error.code != .tlsFailed { tls?.close() }
    if writeCiphertext() { carrier.flush() }
    tls = nil
    http2 = nil
    let lost = streams
    streams = [:]
    batchListeners = []
    for stream in lost.values { stream.closed(.connectionLost(error)) }
    if error.leavesPeerWaiting { carrier.abort() } else { carrier.closeOutput() }
    let delegate = delegate
    self.delegate = nil
    delegate?.connectionClosed(self, error)
  }
}
