internal import FoundationEssentials

/// Exactly what a program allows, for people to read and programs to compare.
///
/// The rules that allow stand in their order, with the rules that deny before them: an ordered list
/// cannot be told as a flat one. ``decide(_:)-(JobFacts)`` decides by these rows and by nothing
/// else, so that print and enforcement can be proven to agree.
package struct PermissionManifest: Hashable, Sendable, Codable {
  package static let version = 1
  /// Bytes of the JSON.
  package static let maximumLength = 16 << 20

  package let version: Int
  package let program: PolicyProgram
  /// SHA-256 of the policy file; nil without one.
  package let policyDigest: String?
  package let rules: [ManifestRule]
  /// Where no rule matches.
  package let defaultAction: PolicyAction
  package let methods: [String]
  package let upstreams: [ProgramFacts.Upstream]
  package let outbound: [ProgramFacts.Outbound]
  package let signatures: ProgramFacts.Signatures
  /// What a job that names secrets may have, beside a rule that allows it.
  package let secrets: [ManifestSecrets]
  /// As ``ProgramFacts/logReaders``.
  package let logReaders: [String]?

  private enum CodingKeys: String, CodingKey {
    case version, program, rules, methods, upstreams, outbound, signatures, secrets
    case logReaders = "log-readers"
    case policyDigest = "policy-sha256"
    case defaultAction = "default"
  }

  package init(_ loaded: LoadedPolicy, _ facts: ProgramFacts) {
    let policy = loaded.policy
    version = Self.version
    program = policy.program
    policyDigest = loaded.digest?.rawValue
    defaultAction = policy.defaultAction
    methods = facts.methods
    upstreams = facts.upstreams
    outbound = facts.outbound
    signatures = facts.signatures
    secrets = facts.secrets
    logReaders = facts.logReaders
    rules = policy.rules.map { ManifestRule($0) }
  }

  package var json: String { JSONText.render(self) }

  /// Reads what ``json`` wrote; nil for anything else.
  package init?(json: [UInt8]) {
    guard json.count <= Self.maximumLength,
      let manifest = try? JSONDecoder().decode(PermissionManifest.self, from: Data(json)),
      manifest.version == Self.version
    else { return nil }
    self = manifest
  }
}
