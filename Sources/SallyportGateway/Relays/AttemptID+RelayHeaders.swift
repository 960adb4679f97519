import HTTPTypes
import SallyportCore

extension AttemptID {
  /// From the `sallyport-job` and `sallyport-epoch` header fields of a worker's CONNECT; nil unless
  /// each is there once and has the right form.
  init?(relayHeaders headers: HTTPFields) {
    guard let jobField = HTTPField.Name("sallyport-job"),
      let epochField = HTTPField.Name("sallyport-epoch"),
      headers[values: jobField].count == 1, headers[values: epochField].count == 1,
      let jobText = headers[jobField], let job = JobID(jobText),
      let epochText = headers[epochField], let epoch = UInt64(epochText),
      "\(epoch)" == epochText
    else { return nil }
    self.init(job: job, epoch: epoch)
  }
}
