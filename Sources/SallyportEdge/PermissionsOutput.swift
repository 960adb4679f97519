internal import ArgumentParser
package import SallyportPolicy

/// The options of `permissions`.
package struct PermissionsOutput: ParsableArguments {
  package static let discussion = """
    Needs no enrollment and no gateway, and runs beside the process. Rules, methods, upstreams, keys \
    and outbound connections; with --json for programs, for example to compare two configurations. \
    Exit code 78 where the configuration is wrong.
    """

  @Flag(help: "Print JSON.") package var json = false

  package init() {}

  package func print(_ manifest: PermissionManifest) {
    Swift.print(json ? manifest.json : manifest.text, terminator: "")
  }
}
