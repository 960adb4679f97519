import SallyportEdge
import SallyportHealth
import SallyportLedger
import SallyportMetrics
import SallyportSession
import SallyportWorker

extension HealthBoard {
  /// What a worker says about itself.
  init(
    worker: Worker, session: SessionStatus, ledger: Ledger, metrics: MetricsRegistry
  ) {
    self.init(
      live: [
        .eventLoops(),
        // It comes round at least once a second.
        .loop("time-watch", worker.timeWatch, within: .seconds(60)),
      ],
      ready: [
        // A gateway that restarts does not make its workers unready.
        .session(session, grace: .seconds(60)),
        HealthCheck("state-directory") {
          await worker.canWriteState() ? .passing("writable") : .failing("not writable")
        },
        LedgerHealth.check(ledger),
        HealthCheck("draining") { worker.isDraining ? .failing("draining") : .passing("no") },
      ], metrics: metrics)
  }
}
