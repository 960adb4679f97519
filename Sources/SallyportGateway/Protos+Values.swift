import SallyportCore
import SallyportProtos
import SallyportStore
import SwiftProtobuf

extension AttemptID {
  /// - Throws: ``RequestError`` where the job id does not have the form of one.
  init(_ reference: AttemptRef) throws {
    guard let job = JobID(reference.jobID) else {
      throw RequestError("an attempt needs a job id of 32 lower-case hexadecimal digits")
    }
    self.init(job: job, epoch: reference.epoch)
  }
}

extension AttemptRef {
  init(_ attempt: AttemptID) {
    self.init()
    jobID = attempt.job.rawValue
    epoch = attempt.epoch
  }
}

extension Google_Protobuf_Duration {
  init(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    self.init(seconds: seconds, nanos: Int32(attoseconds / 1_000_000_000))
  }
}

extension Duration {
  /// Nil for a duration that protobuf calls invalid, or below zero.
  init?(_ duration: Google_Protobuf_Duration) {
    guard (0...315_576_000_000).contains(duration.seconds),
      (0..<1_000_000_000).contains(duration.nanos)
    else { return nil }
    self = .seconds(duration.seconds) + .nanoseconds(Int64(duration.nanos))
  }
}

extension Google_Protobuf_Timestamp {
  init(_ time: Timestamp) {
    self.init(
      seconds: time.milliseconds / 1_000,
      nanos: Int32(time.milliseconds % 1_000) * 1_000_000)
  }
}
