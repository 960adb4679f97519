import Logging
import SallyportCore
import SallyportStore

extension WorkerSession {
  func logMetadata(of job: JobRecord) -> Logger.Metadata {
    var metadata = job.logMetadata
    metadata["worker"] = "\(worker.id)"
    metadata["session"] = "\(id)"
    return metadata
  }

  func noteOffer(of job: JobRecord) {
    services.metrics.offered(job, at: services.clock.now)
    services.logger.info("job offered", metadata: logMetadata(of: job))
  }
}
