import NIOCore
import SallyportHTTP2

/// The one timer of a connection.
extension SecureConnection {
  func armTimer() {
    guard !lifecycle.isClosed, let deadline = timers.deadline else { return }
    if let timer {
      guard deadline < timer.deadline else { return }
      timer.task.cancel()
    }
    let task = eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [self] in
      timer = nil
      timerFired()
    }
    timer = (task, deadline)
  }

  private func timerFired() {
    for action in timers.due(now: .now()) {
      guard !lifecycle.isClosed else { return }
      perform(action)
    }
    armTimer()
  }

  private func perform(_ action: ConnectionTimers.Action) {
    switch action {
    case .handshakeTimedOut where lifecycle.isSecured:
      close(
        ConnectionError(
          code: .settingsTimeout,
          message: "the peer did not acknowledge our HTTP/2 settings in time"),
        .settingsTimeout)
    case .handshakeTimedOut:
      finish(
        ConnectionError(
          code: .handshakeTimeout, message: "the TLS handshake was not finished in time"))
    case .sendPing:
      http2?.ping(Self.keepalivePing)
      setNeedsOutput()
    case .keepaliveTimedOut:
      finish(
        ConnectionError(code: .keepaliveTimeout, message: "the peer did not answer a PING in time"))
    case .ageReached:
      drain(grace: configuration.timers.agedRelayGrace)
    case .announcementSeen:
      perform(lifecycle.announcementSeen())
    case .callGraceEnded:
      for stream in Array(streams.values) { stream.callGraceEnded() }
    case .graceEnded:
      close(
        ConnectionError(
          code: .closedLocally, message: "the connection was closed before its streams had ended"))
    case .checkStalledStreams:
      for id in stalls.check(http2?.waitingStreams ?? [], now: .now()) {
        reset(id, .enhanceYourCalm)
      }
    }
  }
}
