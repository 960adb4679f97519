package import SallyportCore

/// The kinds of outer identities, to say which ones a listener serves.
package enum OuterRole: Hashable, Sendable, CaseIterable {
  case worker, agent, operatorNamed, gateway

  package init(_ identity: GatewayIdentity) {
    self =
      switch identity {
      case .worker: .worker
      case .agent: .agent
      case .operatorNamed: .operatorNamed
      case .gateway: .gateway
      }
  }
}
