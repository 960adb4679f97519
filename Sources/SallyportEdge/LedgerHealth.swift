package import SallyportHealth
package import SallyportLedger
package import SallyportMetrics

/// Whether the ledger takes records; where it does not, nothing is begun and nothing served.
package enum LedgerHealth: MetricsCatalog {
  private static let unwritten = MetricDescription(
    "sallyport_ledger_unwritten_records", .gauge,
    "Records that could not be written since one last could; above zero nothing is begun or served."
  )

  package static func check(_ ledger: Ledger) -> HealthCheck {
    HealthCheck("ledger") {
      let count = ledger.unwritten
      guard count > 0 else { return .passing("writable") }
      return .failing("\(count) records could not be written; see the log")
    }
  }

  package static func register(_ ledger: Ledger, in registry: MetricsRegistry) {
    registry.collect([unwritten]) { [MetricSample(unwritten, [], Int(clamping: ledger.unwritten))] }
  }

  package static func declare(in registry: MetricsRegistry) {
    registry.collect([unwritten]) { [] }
  }
}
