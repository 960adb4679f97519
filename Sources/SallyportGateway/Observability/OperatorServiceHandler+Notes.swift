import Logging
import SallyportCore
import SallyportMetrics
import SallyportStore

extension OperatorServiceHandler {
  func noteSubmission(of job: JobRecord) {
    services.metrics.jobsSubmitted(job.tenant.rawValue, job.pool.rawValue).increment()
    services.logger.info("job submitted", metadata: job.logMetadata)
  }

  /// Nothing where the job was cancelled before, or is over.
  func noteCancellation(_ result: CancelResult) {
    if case .unchanged = result { return }
    var metadata = result.job.logMetadata
    metadata["reason"] = "\(result.job.cancelReason)"
    services.logger.info("job cancelled by an operator", metadata: metadata)
  }
}
