package import ArgumentParser
import FoundationEssentials

/// The options by which every executable takes configuration.
package struct ConfigOptions: ParsableArguments {
  @Option(
    name: .customLong("config"),
    help: "Configuration file (YAML). Without it, the file named by SALLYPORT_<PROGRAM>_CONFIG.",
    completion: .file(extensions: ["yaml", "yml"]))
  package var file: String?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Sets one configuration key; may be repeated.", valueName: "key=value"))
  package var assignments: [String] = []

  package init() {}

  /// Loads the configuration of a schema.
  package func load(
    _ schema: ConfigSchema,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(ConfigError) -> ConfigValues {
    let assigned = try assignments.map { text throws(ConfigError) in
      try ConfigOverride(assignment: text)
    }
    return try schema.load(
      file: file ?? environment[schema.fileVariable], environment: environment,
      overrides: assigned)
  }
}
