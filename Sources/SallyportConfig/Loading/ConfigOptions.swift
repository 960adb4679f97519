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
  ///
  /// - Parameters:
  ///   - defaultFile: Read where neither flag nor variable names a file, and only if it exists.
  ///   - overrides: From the executable's own flags; they win over `--set`.
  package func load(
    _ schema: ConfigSchema, defaultFile: String? = nil, overrides: [ConfigOverride] = [],
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(ConfigError) -> ConfigValues {
    let assigned = try assignments.map { text throws(ConfigError) in
      try ConfigOverride(assignment: text)
    }
    return try schema.load(
      file: path(for: schema, defaultFile: defaultFile, environment: environment),
      environment: environment, overrides: assigned + overrides)
  }

  private func path(
    for schema: ConfigSchema, defaultFile: String?, environment: [String: String]
  ) -> String? {
    if let file = file ?? environment[schema.fileVariable] { return file }
    guard let defaultFile, FileManager.default.fileExists(atPath: defaultFile) else { return nil }
    return defaultFile
  }
}
