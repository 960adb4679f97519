import SallyportConfig
import SallyportCore
import SallyportGateway

/// Intervals and bounds; the defaults are those of `GatewayLimits` and `TransportLimits`.
enum LimitSettings {
  private static let domain = GatewayLimits()
  private static let wire = TransportLimits()

  static let pingInterval = duration(
    "sessions.ping-interval", 1...3_600, domain.pingInterval,
    "How often sessions are pinged; two unanswered pings end one.")
  static let retryWindow = duration(
    "sessions.retry-window", 0...300, domain.retryWindow,
    "Over how long workers and VCS agents that lose their connection spread their return; with "
      + "thousands of them, about their number divided by listen.handshakes-per-second. 0 leaves it to "
      + "their own backoff.")
  static let leaseDuration = duration(
    "leases.duration", 10...86_400, domain.leaseDuration,
    "How long a worker may run a job without renewing its lease.")
  static let leaseRenewInterval = duration(
    "leases.renew-interval", 1...3_600, domain.leaseRenewInterval,
    "How often workers renew their leases.")
  static let restartGrace = duration(
    "leases.restart-grace", 0...3_600, domain.restartGrace,
    "What is left of every lease at least when the gateway starts.")
  static let acceptTimeout = duration(
    "offers.accept-timeout", 1...600, domain.acceptTimeout,
    "How long an offered job waits for its worker's answer.")
  static let maximumOffers = Setting(
    "offers.maximum", .integer(in: 1...1_000), default: Int(domain.maximumOffers),
    "How often a job is offered before it fails.")
  static let maximumQueuedJobs = Setting(
    "jobs.maximum-queued", .integer(in: 1...10_000_000), default: domain.maximumQueuedJobs,
    "Queued jobs of one pool.")
  static let maximumRunningPerTenant = Setting.optional(
    "jobs.maximum-running-per-tenant", .integer(in: 1...1_000_000),
    "Jobs of one tenant that are offered or running at once, where it has no cap of its own.")
  static let maximumRunning = Setting.optional(
    "jobs.maximum-running", .integer(in: 1...1_000_000),
    "Jobs of all tenants that are offered or running at once; tenants share them fairly.")
  static let defaultJobTimeout = duration(
    "jobs.default-timeout", 1...604_800, domain.defaultJobTimeout,
    "Timeout of a job that names none.")
  static let maximumJobTimeout = duration(
    "jobs.maximum-timeout", 1...2_592_000, domain.maximumJobTimeout,
    "Longest timeout that a job may name.")
  static let maximumLogSize = Setting(
    "logs.maximum-size", .byteSize(in: 1_024...1 << 40), default: Int(domain.maximumLogLength),
    "Size of one attempt's log.")
  static let maximumTokenLifetime = duration(
    "tokens.maximum-lifetime", 60...2_592_000, domain.maximumTokenLifetime,
    "Longest lifetime of an enrollment token.")
  static let certificateLifetime = duration(
    "certificates.lifetime", 60...2_592_000, domain.certificateLifetime,
    "Lifetime of the certificates of workers, VCS agents and the gateway itself.")
  static let handshakeRate = Setting(
    "listen.handshakes-per-second", .integer(in: 10...100_000), default: wire.handshakesPerSecond,
    "TLS handshakes that each listener begins per second; connections beyond that wait.")
  static let relayDeadline = duration(
    "relays.deadline", 1...300, domain.relayDeadline,
    "How long a VCS agent has to open its side of a relay.")
  static let maximumRelaysPerJob = Setting(
    "relays.maximum-per-job", .integer(in: 1...1_024), default: domain.maximumRelaysPerJob,
    "Relays that one job has open at once.")
  static let relayIdleTimeout = duration(
    "relays.idle-timeout", 1...86_400, wire.relayIdleTimeout,
    "A relay that carries nothing for this long is closed.")
  static let connectionAge = duration(
    "connections.maximum-age", 60...604_800, wire.maximumConnectionAge,
    "Connections are drained at this age, plus or minus a tenth.")
  static let shutdownGrace = duration(
    "shutdown.grace", 1...600, wire.shutdownGrace,
    "From the request to stop to closing what is left.")

  static let all: [any SettingDeclaration] = [
    pingInterval, retryWindow, leaseDuration, leaseRenewInterval, restartGrace, acceptTimeout,
    maximumOffers,
    maximumQueuedJobs, maximumRunningPerTenant, maximumRunning, defaultJobTimeout,
    maximumJobTimeout, maximumLogSize,
    maximumTokenLifetime, certificateLifetime, relayDeadline, maximumRelaysPerJob,
    relayIdleTimeout, connectionAge, shutdownGrace, handshakeRate,
  ]

  private static func duration(
    _ name: String, _ seconds: ClosedRange<Int>, _ value: Duration, _ summary: String
  ) -> Setting<Duration> {
    Setting(
      name,
      .duration(atLeast: .seconds(seconds.lowerBound), atMost: .seconds(seconds.upperBound)),
      default: value, summary)
  }
}
