/// The Prometheus text exposition format, version 0.0.4
/// (prometheus.io/docs/instrumenting/exposition_formats).
package enum MetricsText {
  package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  package static func encode(_ metrics: [MetricSnapshot]) -> String {
    var text = ""
    for metric in metrics {
      let name = metric.description.name
      text += "# HELP \(name) \(escapedHelp(metric.description.help))\n"
      text += "# TYPE \(name) \(metric.description.kind.rawValue)\n"
      let labels = metric.description.labels.map(\.name)
      for series in metric.series {
        append(series, name, Array(zip(labels, series.labels)), to: &text)
      }
    }
    return text
  }

  private static func append(
    _ series: MetricSnapshot.Series, _ name: String, _ labels: [(String, String)],
    to text: inout String
  ) {
    switch series.reading {
    case .integer(let value): text += "\(name)\(braced(labels)) \(value)\n"
    case .count(let value): text += "\(name)\(braced(labels)) \(value)\n"
    case .number(let value): text += "\(name)\(braced(labels)) \(number(value))\n"
    case .histogram(let histogram):
      var cumulated: UInt64 = 0
      for (index, count) in histogram.counts.enumerated() {
        cumulated &+= count
        let bound = index < histogram.bounds.count ? number(histogram.bounds[index]) : "+Inf"
        text += "\(name)_bucket\(braced(labels + [("le", bound)])) \(cumulated)\n"
      }
      text += "\(name)_sum\(braced(labels)) \(number(histogram.sum))\n"
      text += "\(name)_count\(braced(labels)) \(cumulated)\n"
    }
  }

  private static func braced(_ labels: [(String, String)]) -> String {
    guard !labels.isEmpty else { return "" }
    return "{" + labels.map { "\($0)=\"\(escapedValue($1))\"" }.joined(separator: ",") + "}"
  }

  /// As Go's `ParseFloat` reads it; whole numbers without a fraction.
  static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    return Int64(exactly: value).map(String.init) ?? "\(value)"
  }

  static func escapedHelp(_ text: String) -> String {
    escaped(text) { $0 == "\\" ? "\\\\" : $0 == "\n" ? "\\n" : nil }
  }

  static func escapedValue(_ text: String) -> String {
    escaped(text) { $0 == "\\" ? "\\\\" : $0 == "\n" ? "\\n" : $0 == "\"" ? "\\\"" : nil }
  }

  /// By Unicode scalar: a carriage return and a newline are one character.
  private static func escaped(
    _ text: String, _ replacement: (Unicode.Scalar) -> String?
  ) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if let replacement = replacement(scalar) {
        result.append(contentsOf: replacement.unicodeScalars)
      } else {
        result.append(scalar)
      }
    }
    return String(result)
  }
}
