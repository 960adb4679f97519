package import SallyportPolicy

extension PolicyAgentSettings {
  /// The connection that it means, for a permission manifest: its rules are not this program's to
  /// print.
  package var outbound: ProgramFacts.Outbound {
    let address =
      switch url.place {
      case .https(let address), .http(let address): "\(address)"
      case .unix: "\(url)"
      }
    return ProgramFacts.Outbound(
      address: address, purpose: "Open Policy Agent: \(path) must allow, too")
  }
}
