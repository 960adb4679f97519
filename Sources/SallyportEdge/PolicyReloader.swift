package import SallyportAdmission
internal import ServiceLifecycle
internal import UnixSignals

/// Reads the policy file again at SIGHUP.
package struct PolicyReloader: Service {
  private let policy: PolicyInForce

  package init(_ policy: PolicyInForce) { self.policy = policy }

  package func run() async throws {
    for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
      await policy.reload()
    }
  }
}
