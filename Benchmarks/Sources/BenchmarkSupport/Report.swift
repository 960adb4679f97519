/// One line of JSON with numbers, for scripts/bench.
package struct Report {
  private var fields: [(String, Double)] = []

  package init() {}

  package mutating func add(_ name: String, _ value: Double) { fields.append((name, value)) }

  /// - Parameter seconds: Of each operation.
  package mutating func add(latencies seconds: [Double]) {
    guard !seconds.isEmpty else { return }
    let ordered = seconds.sorted()
    for (name, share) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999)] {
      add("\(name)_us", ordered[min(ordered.count - 1, Int(Double(ordered.count) * share))] * 1e6)
    }
    add("mean_us", seconds.reduce(0, +) / Double(seconds.count) * 1e6)
  }

  package func print() {
    say("{" + fields.map { "\"\($0)\": \($1)" }.joined(separator: ", ") + "}")
  }
}
