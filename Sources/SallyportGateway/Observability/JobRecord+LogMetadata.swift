import Logging
import SallyportStore

extension JobRecord {
  /// The keys by which a log collector finds everything about a job.
  var logMetadata: Logger.Metadata {
    var metadata: Logger.Metadata = [
      "tenant": "\(tenant)", "pool": "\(pool)", "job": "\(id)", "epoch": .stringConvertible(epoch),
    ]
    if let worker { metadata["worker"] = "\(worker)" }
    return metadata
  }
}
