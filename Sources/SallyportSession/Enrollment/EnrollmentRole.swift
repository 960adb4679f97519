import SallyportIdentity
import SallyportProtos

/// What kind of process enrolls.
package enum EnrollmentRole: String, Sendable, Hashable, CaseIterable {
  case worker
  case agent = "vcs-agent"

  var outerRole: OuterRole {
    switch self {
    case .worker: .worker
    case .agent: .agent
    }
  }

  var message: Sallyport_Enroll_V1_Role {
    switch self {
    case .worker: .worker
    case .agent: .vcsAgent
    }
  }
}
