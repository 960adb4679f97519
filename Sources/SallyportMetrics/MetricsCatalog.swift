/// An executable's metrics: makes all that it declares, in a registry of nobody's.
package protocol MetricsCatalog: Sendable {
  static func declare(in registry: MetricsRegistry)
}
