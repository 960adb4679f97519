package import ArgumentParser
package import SallyportMetrics

/// The hidden subcommand `metrics-reference`: prints the table of every metric, from which
/// docs/operations.md is made.
package struct MetricsReferenceCommand<Catalog: MetricsCatalog>: AsyncParsableCommand {
  package static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "metrics-reference", abstract: "Print the table of all metrics.",
      shouldDisplay: false)
  }

  package init() {}

  package func run() async throws {
    let registry = MetricsRegistry()
    Catalog.declare(in: registry)
    print(registry.markdown, terminator: "")
  }
}
