package import FoundationEssentials
package import Logging
import SallyportCore
import SallyportIdentity
package import SallyportRelay
import ServiceLifecycle

/// Keeps the outer certificate fresh: a new key and a new certificate well before the old one ends.
///
/// Fails, and with it the service group, once the certificate has expired: only a new enrollment
/// helps then, and a process that cannot authenticate should say so rather than retry for ever.
package struct CertificateRenewer: Service {
  /// Sends a certificate request to the gateway over an authenticated link.
  package typealias Renew = @Sendable (_ csr: [UInt8]) async throws -> RenewedCertificate

  private let state: StateDirectory
  private let role: EnrollmentRole
  private let clock: any Clock<Duration>
  private let now: @Sendable () -> Date
  private let logger: Logger
  private let renew: Renew
  private let onRenewed: @Sendable () -> Void

  /// - Parameters:
  ///   - now: Wall time, injected for tests.
  ///   - onRenewed: Called after the new pair is on disk.
  package init(
    state: StateDirectory, role: EnrollmentRole,
    clock: any Clock<Duration> = ContinuousClock(),
    now: @escaping @Sendable () -> Date = { Date() }, logger: Logger,
    renew: @escaping Renew, onRenewed: @escaping @Sendable () -> Void
  ) {
    self.state = state
    self.role = role
    self.clock = clock
    self.now = now
    self.logger = logger
    self.renew = renew
    self.onRenewed = onRenewed
  }

  /// Renews over the supervisor's live link, and has it hand over to a link with the new
  /// certificate.
  package init<Dialer: GatewayDialer>(
    state: StateDirectory, role: EnrollmentRole, supervisor: SessionSupervisor<Dialer>,
    clock: any Clock<Duration> = ContinuousClock(), logger: Logger
  ) {
    self.init(
      state: state, role: role, clock: clock, logger: logger,
      renew: { csr in
        guard let client = supervisor.client else {
          throw SessionError(.unavailable, "there is no live link to the gateway")
        }
        return try await RenewedCertificate.request(csr: csr, over: client)
      },
      onRenewed: { supervisor.requestHandover() })
  }

  package func run() async throws {
    do {
      try await cancelWhenGracefulShutdown { try await renewForEver() }
    } catch is CancellationError {
      return
    }
  }

  private func renewForEver() async throws {
    var generator = SystemRandomNumberGenerator()
    var current = try await load()
    var plan = RenewalPlan(current.leaf, using: &generator)
    while true {
      switch plan.step(at: now()) {
      case .wait(let duration):
        try await clock.sleep(for: duration)
      case .renew:
        do {
          current = try await renewOnce(current)
          plan = RenewalPlan(current.leaf, using: &generator)
          logger.info(
            "certificate renewed",
            metadata: [
              "serial": "\(current.leaf.serialNumber)", "until": "\(current.leaf.notAfter)",
            ])
          onRenewed()
        } catch is CancellationError {
          throw CancellationError()
        } catch {
          plan.failed(at: now(), using: &generator)
          logger.warning(
            "certificate not renewed, trying again",
            metadata: [
              "error": "\(error)", "next": "\(plan.nextAttempt)", "expires": "\(plan.notAfter)",
            ])
        }
      case .expired:
        throw SessionError(
          .expired,
          "the certificate expired at \(plan.notAfter) and could not be renewed: enroll again")
      }
    }
  }

  private func load() async throws -> Credentials {
    let files = state.identity
    return try await BlockingQueue.stateFiles.run { try files.load() }
  }

  private func renewOnce(_ current: Credentials) async throws -> Credentials {
    let key = SigningKey.generate()
    let answer = try await renew(key.certificateRequest())
    let next = try IssuanceCheck.verify(
      chain: answer.chain, roots: answer.gatewayCA, key: key, role: role.outerRole,
      expected: current.leaf.spiffeID, now: now())
    guard next.leaf.notAfter > current.leaf.notAfter else {
      throw SessionError(
        .badResponse, "the gateway issued a certificate that ends no later than the current one")
    }
    let files = state.identity
    try await BlockingQueue.stateFiles.run {
      try files.replace(key: key, chain: next.chain, roots: next.roots)
    }
    return next
  }
}

extension RenewalPlan {
  init(_ leaf: CertificateSummary, using generator: inout some RandomNumberGenerator) {
    self.init(notBefore: leaf.notBefore, notAfter: leaf.notAfter, using: &generator)
  }
}
