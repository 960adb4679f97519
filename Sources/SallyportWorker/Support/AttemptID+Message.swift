package import SallyportCore
package import SallyportProtos

extension AttemptID {
  /// Nil where the job id is malformed or the epoch zero.
  package init?(_ message: Sallyport_Session_V1_AttemptRef) {
    guard let job = JobID(message.jobID), message.epoch > 0 else { return nil }
    self.init(job: job, epoch: message.epoch)
  }

  package var message: Sallyport_Session_V1_AttemptRef {
    var message = Sallyport_Session_V1_AttemptRef()
    message.jobID = job.rawValue
    message.epoch = epoch
    return message
  }

  /// A name for files of this attempt.
  var fileName: String { "\(job.rawValue)-\(epoch)" }
}
