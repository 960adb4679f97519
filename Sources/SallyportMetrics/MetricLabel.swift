/// One label of a metric.
package struct MetricLabel: Sendable, Hashable {
  package let name: String
  /// Whether its values are what users choose, such as names of tenants: only so many of them get
  /// series of their own.
  package let isOpen: Bool

  /// A label with a few values, all of which the code knows.
  package static func closed(_ name: String) -> MetricLabel {
    MetricLabel(name: name, isOpen: false)
  }

  /// A label whose values come from users. See ``LabelBound``.
  package static func open(_ name: String) -> MetricLabel {
    MetricLabel(name: name, isOpen: true)
  }
}
