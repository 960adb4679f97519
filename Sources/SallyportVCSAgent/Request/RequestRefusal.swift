package import SallyportPolicy

/// Why a request of a worker is not served: what the worker is told, and what the log says.
///
/// The two differ on purpose: a worker cannot tell a repository that it may not read from one that
/// does not exist.
package struct RequestRefusal: Error, Sendable, Hashable, CustomStringConvertible {
  package enum Reason: String, Sendable, Hashable {
    /// The path does not have one of the accepted forms.
    case invalidPath = "invalid-path"
    case notAllowed = "not-allowed"
    case noUpstream = "no-upstream"
    /// The upstream does not have the repository.
    case notFound = "not-found"
    /// Anything but git-upload-pack: pushes, archives, Git's dumb HTTP protocol.
    case service = "service"
    case method = "method"
    case contentType = "content-type"
    case contentEncoding = "content-encoding"
    case header = "header"
    case tooLarge = "too-large"
    /// The body is not what its encoding says.
    case malformedBody = "malformed-body"
    /// The upstream refused the agent's credential.
    case upstreamDenied = "upstream-denied"
    case upstreamRedirect = "upstream-redirect"
    case upstreamUnreachable = "upstream-unreachable"
    case upstreamTimeout = "upstream-timeout"
    case upstreamInvalid = "upstream-invalid"
    /// The agent has no usable credential.
    case credential = "credential"
    /// There is no signed job that allows it; the detail is for the worker too.
    case grant = "grant"
    /// As many requests are being served as may be.
    case busy = "busy"
    /// The ledger cannot record the request.
    case ledger = "ledger"
  }

  package let reason: Reason
  /// For the log; of ``Reason/grant`` for the worker too. Never a credential.
  package let detail: String
  /// What of the admission policy decided, where it did. For log and ledger, never for the worker.
  package let rule: String?
  /// Where an Open Policy Agent was asked.
  package let reference: PolicyReference?

  package init(_ reason: Reason, _ detail: String = "", rule decision: PolicyDecision? = nil) {
    self.reason = reason
    self.detail = detail
    rule = decision?.source.description
    reference = decision?.reference
  }

  /// HTTP status for the worker.
  package var status: Int {
    switch reason {
    case .invalidPath, .notAllowed, .noUpstream, .notFound: 404
    case .service, .grant: 403
    case .method: 405
    case .contentType, .contentEncoding: 415
    case .header, .malformedBody: 400
    case .tooLarge: 413
    case .busy, .ledger: 503
    case .upstreamTimeout: 504
    case .upstreamDenied, .upstreamRedirect, .upstreamUnreachable, .upstreamInvalid, .credential:
      502
    }
  }

  /// One line for the worker.
  package var message: String {
    switch reason {
    case .invalidPath, .notAllowed, .noUpstream, .notFound:
      "the repository is not available: it does not exist, or this VCS agent does not allow it"
    case .service: "only git-upload-pack is served"
    case .method: "wrong method"
    case .grant: "this VCS agent serves signed jobs only: \(detail)"
    case .contentType: "the body must be application/x-git-upload-pack-request"
    case .contentEncoding: "the body's encoding is not supported here"
    case .header: "a header field is malformed"
    case .malformedBody: "the body is not valid gzip"
    case .tooLarge: "the request is too large"
    case .upstreamDenied, .credential:
      "the Git server did not accept the VCS agent's credential; see the agent's log"
    case .upstreamRedirect: "the Git server answered with a redirect, which is not followed"
    case .upstreamUnreachable: "the Git server cannot be reached from the VCS agent"
    case .upstreamTimeout: "the Git server did not answer in time"
    case .busy: "the VCS agent is serving as many requests as it may; try again later"
    case .ledger: "the VCS agent cannot record the request; see the agent's log"
    case .upstreamInvalid: "the Git server's answer is not one of a Git server"
    }
  }

  package var description: String {
    detail.isEmpty ? reason.rawValue : "\(reason.rawValue): \(detail)"
  }
}
