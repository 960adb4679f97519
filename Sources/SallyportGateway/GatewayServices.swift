import Logging
import SallyportIdentity
import SallyportStore

/// What the parts of a gateway share.
struct GatewayServices: Sendable {
  let store: any Store
  let ca: GatewayCA
  let clock: GatewayClock
  let limits: GatewayLimits
  let logger: Logger
  let audit: AuditLog
  let authenticator: Authenticator
  let hub: ChangeHub
  let dispatcher: Dispatcher
  let sessions: SessionRegistry
  let relays: RelayTable
  let notifier: JobNotifier
  let digests: LogDigests

  init(
    store: any Store, ca: GatewayCA, clock: GatewayClock, limits: GatewayLimits, logger: Logger
  ) {
    self.store = store
    self.ca = ca
    self.clock = clock
    self.limits = limits
    self.logger = logger
    audit = AuditLog(store: store, clock: clock, limits: limits)
    authenticator = Authenticator(
      trustDomain: ca.trustDomain, store: store, clock: clock, audit: audit)
    hub = ChangeHub()
    dispatcher = Dispatcher()
    sessions = SessionRegistry()
    relays = RelayTable()
    digests = LogDigests()
    notifier = JobNotifier(
      hub: hub, dispatcher: dispatcher, sessions: sessions, relays: relays, digests: digests)
  }
}
