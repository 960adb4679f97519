package import SallyportCore
package import SallyportProtos
import SwiftProtobuf

/// A job as it was offered, before anything about it is believed.
package struct OfferedJob: Sendable {
  package let attempt: AttemptID
  package internal(set) var specification: Sallyport_Worker_V1_JobSpec
  /// The worker's pool is sealed: no result and no log line of the worker names a commit.
  package let isSealed: Bool
  /// The operator, as the gateway says.
  package let submitter: String

  package init(
    attempt: AttemptID, specification: Sallyport_Worker_V1_JobSpec, isSealed: Bool = false,
    submitter: String = ""
  ) {
    self.attempt = attempt
    self.specification = specification
    self.isSealed = isSealed
    self.submitter = submitter
  }

  /// Nil where the job leaves it to the worker.
  var timeout: Duration? {
    guard specification.hasTimeout, specification.timeout.seconds >= 0,
      specification.timeout.nanos >= 0
    else { return nil }
    let timeout =
      Duration.seconds(specification.timeout.seconds)
      + .nanoseconds(Int64(specification.timeout.nanos))
    return timeout > .zero ? timeout : nil
  }

  /// The signed job that came with it; nil where it is not signed.
  var envelope: [UInt8]? {
    specification.signedJob.isEmpty ? nil : Array(specification.signedJob)
  }

  /// Why this worker cannot run the job, however often it is offered; nil where it can try.
  var objection: String? {
    if !specification.image.isEmpty {
      return "the job names an image, but this worker runs commands on its host: leave it out"
    }
    guard let command = specification.command.first, !command.isEmpty else {
      return "the job has no command"
    }
    if specification.command.contains(where: { $0.utf8.contains(0) }) {
      return "an argument of the command contains a zero byte"
    }
    return JobEnvironment.objection(to: specification.environment)
  }

  var checkout: CheckoutSpecification? {
    get throws {
      guard specification.hasCheckout else { return nil }
      let checkout = specification.checkout
      return CheckoutSpecification(
        vcsPool: try PoolName(checkout.vcsPool), repository: checkout.repository,
        ref: checkout.ref, commit: checkout.commit)
    }
  }
}
