import SallyportCore
import SallyportStore

extension OperatorServiceHandler {
  /// What a queued job waits for; empty for one that is not queued.
  func waitingFor(_ job: JobRecord) async throws -> String {
    guard job.state == .queued,
      let standing = try await services.store.standing(
        of: job.id, of: job.tenant, limits: services.limits.running)
    else { return "" }
    let workers = services.sessions.workers(of: PoolKey(tenant: job.tenant, pool: job.pool)).map {
      WaitingReason.Worker(labels: $0.labels, isDraining: $0.isDraining)
    }
    return WaitingReason(job: job, standing: standing, workers: workers).text
  }
}
