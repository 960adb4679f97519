extension MetricsRegistry {
  /// All values in the Prometheus text format.
  package func text() async -> String { MetricsText.encode(await snapshot()) }

  /// A table of everything declared, for docs/operations.md.
  package var markdown: String {
    let rows = descriptions.map { metric in
      let labels = metric.labels.map { "`\($0.name)`" }.joined(separator: ", ")
      return "| `\(metric.name)` | \(metric.kind.rawValue) | \(labels) | \(metric.help) |"
    }
    return (["| metric | kind | labels | meaning |", "| --- | --- | --- | --- |"] + rows)
      .map { $0 + "\n" }.joined()
  }
}
