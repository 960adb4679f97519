package import SallyportCore
package import SallyportProtos
internal import SwiftProtobuf

extension JobStatement {
  /// The job as gateway and worker pass it on, without the envelope.
  ///
  /// Everything in it comes from the statement; a timeout that is not in the statement is absent.
  package var specification: Sallyport_Worker_V1_JobSpec {
    .with {
      $0.command = command
      $0.environment = environment
      $0.secrets = secrets.map(\.message)
      $0.image = image ?? ""
      if let timeoutSeconds { $0.timeout = Google_Protobuf_Duration(seconds: timeoutSeconds) }
      if let checkout {
        $0.checkout.vcsPool = checkout.vcsPool.rawValue
        $0.checkout.repository = checkout.repository.rawValue
        $0.checkout.ref = checkout.ref ?? ""
        $0.checkout.commit = checkout.commit ?? ""
      }
    }
  }

  /// Whether a job that came with this statement is the one that was signed.
  ///
  /// - Throws: ``SignedJobError/Code/differs``, naming the part that is another one.
  package func check(
    _ offered: Sallyport_Worker_V1_JobSpec, job: JobID
  ) throws(SignedJobError) {
    let signed = specification
    var differing: String?
    if job != self.job { differing = "id" }
    if offered.command != signed.command { differing = "command" }
    if offered.environment != signed.environment { differing = "environment" }
    if offered.secrets != signed.secrets { differing = "secrets" }
    if offered.image != signed.image { differing = "image" }
    if offered.hasCheckout != signed.hasCheckout || offered.checkout != signed.checkout {
      differing = "checkout"
    }
    if signed.hasTimeout, offered.timeout != signed.timeout { differing = "timeout" }
    if let differing {
      throw SignedJobError(
        .differs, "the job's \(differing) is not the one that was signed")
    }
  }
}
