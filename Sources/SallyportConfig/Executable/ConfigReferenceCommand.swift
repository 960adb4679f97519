package import ArgumentParser

/// An executable's settings.
package protocol SettingsCatalog: Sendable {
  static var schema: ConfigSchema { get }
}

/// The hidden subcommand `config-reference`: prints the reference of every key, from which
/// docs/operations.md is made, or an example file.
package struct ConfigReferenceCommand<Catalog: SettingsCatalog>: AsyncParsableCommand {
  package static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "config-reference", abstract: "Print the reference of all configuration keys.",
      shouldDisplay: false)
  }

  @Flag(help: "Print an example configuration file instead.")
  package var example = false

  package init() {}

  package func run() async throws {
    print(example ? Catalog.schema.example : Catalog.schema.markdown, terminator: "")
  }
}
