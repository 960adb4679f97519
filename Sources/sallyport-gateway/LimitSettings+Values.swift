import SallyportConfig
import SallyportCore
import SallyportGateway
import SallyportStore

extension GatewayLimits {
  init(_ values: ConfigValues) {
    self.init()
    pingInterval = values[LimitSettings.pingInterval]
    retryWindow = values[LimitSettings.retryWindow]
    leaseDuration = values[LimitSettings.leaseDuration]
    leaseRenewInterval = values[LimitSettings.leaseRenewInterval]
    restartGrace = values[LimitSettings.restartGrace]
    acceptTimeout = values[LimitSettings.acceptTimeout]
    maximumOffers = UInt64(values[LimitSettings.maximumOffers])
    maximumQueuedJobs = values[LimitSettings.maximumQueuedJobs]
    running = RunningLimits(
      perTenant: values[LimitSettings.maximumRunningPerTenant].map { UInt32($0) },
      ofGateway: values[LimitSettings.maximumRunning].map { UInt32($0) })
    defaultJobTimeout = values[LimitSettings.defaultJobTimeout]
    maximumJobTimeout = values[LimitSettings.maximumJobTimeout]
    maximumLogLength = UInt64(values[LimitSettings.maximumLogSize])
    maximumTokenLifetime = values[LimitSettings.maximumTokenLifetime]
    certificateLifetime = values[LimitSettings.certificateLifetime]
    relayDeadline = values[LimitSettings.relayDeadline]
    maximumRelaysPerJob = values[LimitSettings.maximumRelaysPerJob]
    drainGrace = values[LimitSettings.shutdownGrace]
    connectionGrace = TransportLimits(values).agedCallGrace
  }
}

extension TransportLimits {
  init(_ values: ConfigValues) {
    self.init()
    handshakesPerSecond = values[LimitSettings.handshakeRate]
    relayIdleTimeout = values[LimitSettings.relayIdleTimeout]
    maximumConnectionAge = values[LimitSettings.connectionAge]
    shutdownGrace = values[LimitSettings.shutdownGrace]
  }
}
