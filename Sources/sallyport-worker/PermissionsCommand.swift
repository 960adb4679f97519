import ArgumentParser
import SallyportConfig
import SallyportEdge
import SallyportPolicy
import SallyportPolicyAgent
import SallyportSealing
import SallyportSecrets
import SallyportWorker

struct PermissionsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "permissions", abstract: "Print exactly what this configuration allows.",
    discussion: PermissionsOutput.discussion)

  @OptionGroup var options: ConfigOptions
  @OptionGroup var output: PermissionsOutput

  func run() async throws {
    output.print(try WorkerCatalog.permissions(try options.load(WorkerCatalog.schema)))
  }
}

extension WorkerCatalog {
  /// Which jobs may run, whose, with which secrets, who reads their logs, and who is connected to.
  ///
  /// - Throws: `ConfigError`.
  static func permissions(_ values: ConfigValues) throws -> PermissionManifest {
    PermissionManifest(
      try policy(values)?.current ?? LoadedPolicy(policy: .unrestrictedWorker),
      ProgramFacts(
        methods: ["git-upload-pack, through a VCS agent"],
        outbound: [
          .init(address: "\(GatewaySettings(values).endpoint)", purpose: "gateway and VCS agents")
        ] + (try PolicyAgentSettings(values).map { [$0.outbound] } ?? []),
        signatures: try SigningKeySettings.facts(
          try SigningKeySettings.files(values, requiredBy: requireSignature),
          isRequired: values[requireSignature]),
        secrets: try secrets(values)?.current.sources.map { source in
          ManifestSecrets(
            names: source.contents.names.map { "\($0)" }, source: "\(source.provider)",
            jobs: source.jobs)
        } ?? [],
        logReaders: try logReaders(values).map { "\($0.id)" }))
  }
}
