package import SallyportCore

/// Who an inner SPIFFE ID names, under the customer's own trust domain:
/// `spiffe://<trust domain>/worker/<name>` or `.../vcs-agent/<name>`.
package enum InnerIdentity: Hashable, Sendable {
  case worker(InnerName)
  case agent(InnerName)

  /// Nil where the path has neither form.
  package init?(_ spiffeID: SPIFFEID) {
    guard spiffeID.segments.count == 2, let name = try? InnerName(spiffeID.segments[1]) else {
      return nil
    }
    switch spiffeID.segments[0] {
    case "worker": self = .worker(name)
    case "vcs-agent": self = .agent(name)
    default: return nil
    }
  }

  package func spiffeID(trustDomain: String) throws(SPIFFEIDError) -> SPIFFEID {
    switch self {
    case .worker(let name):
      try SPIFFEID(trustDomain: trustDomain, segments: ["worker", name.rawValue])
    case .agent(let name):
      try SPIFFEID(trustDomain: trustDomain, segments: ["vcs-agent", name.rawValue])
    }
  }

  var name: InnerName {
    switch self {
    case .worker(let name), .agent(let name): name
    }
  }
}

/// Names a worker or VCS agent within its trust root.
package struct InnerName: ChosenName {
  package static let kind = "inner identity"
  package let rawValue: String
  package init(unchecked: String) { rawValue = unchecked }
}
