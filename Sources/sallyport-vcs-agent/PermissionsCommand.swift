import ArgumentParser
import SallyportConfig
import SallyportEdge
import SallyportPolicy
import SallyportPolicyAgent
import SallyportVCSAgent

struct PermissionsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "permissions", abstract: "Print exactly what this configuration allows.",
    discussion: PermissionsOutput.discussion)

  @OptionGroup var options: ConfigOptions
  @OptionGroup var output: PermissionsOutput

  func run() async throws {
    let values = try options.load(AgentSettings.schema)
    output.print(try AgentPlan(values).permissions(GatewaySettings(values)))
  }
}

extension AgentPlan {
  /// What may be fetched, by which methods, from where, and who is connected to.
  ///
  /// - Throws: `ConfigError`.
  func permissions(_ gateway: GatewaySettings) throws -> PermissionManifest {
    PermissionManifest(
      policy.current,
      ProgramFacts(
        methods: [
          "GET /<repository>/info/refs?service=git-upload-pack",
          "POST /<repository>/git-upload-pack", "PUT /.sallyport/grant",
        ],
        upstreams: upstreams.map(\.shown),
        outbound: [.init(address: "\(gateway.endpoint)", purpose: "gateway")]
          + upstreams.compactMap(\.outbound) + (policyAgent.map { [$0.outbound] } ?? []),
        signatures: try SigningKeySettings.facts(signingKeys, isRequired: requiresGrant)))
  }
}

extension UpstreamPlan {
  fileprivate var shown: ProgramFacts.Upstream {
    switch place {
    case .https(let url, _, _): .init(match: pattern.text, place: "\(url)")
    case .directory(let path): .init(match: pattern.text, place: path)
    }
  }

  fileprivate var outbound: ProgramFacts.Outbound? {
    guard case .https(let url, _, _) = place else { return nil }
    return .init(address: "\(url.host):\(url.port)", purpose: "Git server of \(pattern.text)")
  }
}
