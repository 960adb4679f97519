import Logging
import NIOCore
import NIOPosix
import SallyportCore
import SallyportMetrics
import SallyportRelay
import SallyportTLS

/// What all connections of one listener share.
final class Listener: Sendable {
  let limits: TransportLimits
  let tls: TLSConfigurationSource
  let connectHandler: (any ConnectHandler)?
  let onRefusedPeer: @Sendable (_ remote: String, _ reason: String) -> Void
  let metrics: ListenerMetrics
  let logger: Logger
  let registry = ConnectionRegistry()
  let desk: AdmissionDesk
  /// Of each event loop of the listener's.
  let work: [LoopWork]

  init(
    limits: TransportLimits, tls: TLSConfigurationSource,
    connectHandler: (any ConnectHandler)?,
    onRefusedPeer: @escaping @Sendable (_ remote: String, _ reason: String) -> Void,
    metrics: ListenerMetrics, loops: ServerLoops, isAccepting: Bool, logger: Logger
  ) {
    self.limits = limits
    self.tls = tls
    self.connectHandler = connectHandler
    self.onRefusedPeer = onRefusedPeer
    self.metrics = metrics
    self.logger = logger
    self.desk = AdmissionDesk(
      Admission.Limits(limits), isOpen: isAccepting, eventLoop: loops.group.any())
    self.work = loops.executors.map(LoopWork.init)
  }

  /// - Parameter eventLoop: That of the connection that it comes from.
  func enqueue(_ item: ServerWork, on eventLoop: any EventLoop) {
    work.first { $0.executor.eventLoop === eventLoop }?.add(item)
  }

  func finishWork() {
    for one in work { one.finish() }
  }

  /// On the channel's loop: makes it a connection when its turn comes. Until then nothing is read
  /// from it.
  ///
  /// - Parameter decided: Called on that loop first of all when it is admitted or turned away;
  ///   returns whether the peer is still there.
  func accept(
    _ channel: any Channel, decided: @escaping @Sendable () -> Bool
  ) -> AdmissionDesk.Arrival {
    let address = channel.remoteAddress?.network ?? "unknown"
    registry.expect()
    metrics.waiting.add(1)
    return desk.arrived(channel, from: address) { isAdmitted in
      defer { self.registry.cameIn() }
      self.metrics.waiting.subtract(1)
      let isHere = decided()
      if isAdmitted, isHere {
        self.begin(channel, address)
      } else {
        if isAdmitted { self.desk.left(address, isKnown: false) }
        self.metrics.refused.increment()
        self.logger.debug(
          "connection closed before its handshake: its peer has left, or too many wait, or it has waited too long",
          metadata: ["remote": "\(address)"])
        channel.close(promise: nil)
      }
    }
  }

  private func begin(_ channel: any Channel, _ address: String) {
    guard channel.isActive else { return desk.left(address, isKnown: false) }
    do {
      try start(channel, address)
      try channel.syncOptions?.setOption(.autoRead, value: true)
    } catch {
      desk.left(address, isKnown: false)
      logger.error(
        "connection refused: the TLS configuration is not usable", metadata: ["error": "\(error)"])
      channel.close(promise: nil)
    }
  }

  private func start(_ channel: any Channel, _ address: String) throws {
    let engine = try context().makeEngine(serverName: nil)
    let carrier = SocketCarrier(channel: channel)
    var timers = ConnectionTimers.Policy(limits)
    timers.endAtAge(of: limits)
    let connection = SecureConnection(
      carrier: carrier, tls: engine,
      configuration: .init(
        role: .server, limits: limits, timers: timers),
      delegate: ServerConnection(
        listener: self, address: address, remote: channel.remoteAddress,
        local: channel.localAddress))
    let reference = LoopReference(connection, eventLoop: channel.eventLoop)
    carrier.setDelegate(connection)
    try channel.pipeline.syncOperations.addHandler(carrier)
    metrics.accepted.increment()
    metrics.open.add(1)
    if let end = registry.add(connection.id, reference) { connection.drain(grace: end - .now()) }
  }

  private func context() throws -> TLSContext {
    do {
      return try tls.context()
    } catch {
      guard let last = tls.lastContext() else { throw error }
      logger.warning(
        "the newest TLS configuration is not usable, the last one stays in use",
        metadata: ["error": "\(error)"])
      return last
    }
  }
}
