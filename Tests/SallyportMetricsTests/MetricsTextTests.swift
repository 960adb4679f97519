import SallyportMetrics
import Testing

/// What a Prometheus server reads (text format 0.0.4).
struct MetricsTextTests {
  @Test("Each metric has its help, its type and its series in order")
  func exposition() async {
    let registry = MetricsRegistry()
    let jobs = registry.counters(
      "jobs_total", "Jobs that ended.", labels: [.open("tenant"), .closed("state")])
    jobs("zulu", "failed").add(2)
    jobs("acme", "succeeded").increment()
    registry.gauge("depth", "Queue depth.").set(-3)
    let text = await registry.text()
    #expect(
      text == """
        # HELP depth Queue depth.
        # TYPE depth gauge
        depth -3
        # HELP jobs_total Jobs that ended.
        # TYPE jobs_total counter
        jobs_total{tenant="acme",state="succeeded"} 1
        jobs_total{tenant="zulu",state="failed"} 2
        # HELP sallyport_metrics_failures_total Groups of metrics that a scrape left out because \
        their values could not be found in time.
        # TYPE sallyport_metrics_failures_total counter
        sallyport_metrics_failures_total 0

        """)
  }

  @Test("Buckets are cumulated, end in infinity, and are shown in seconds")
  func histogram() async {
    let registry = MetricsRegistry()
    let latency = registry.histogram(
      "latency_seconds", "Latency.",
      .durations([.milliseconds(5), .milliseconds(100), .seconds(1)]))
    latency.observe(.milliseconds(5))
    latency.observe(.milliseconds(6))
    latency.observe(.seconds(7))
    latency.observe(.seconds(-1))
    let lines = await registry.text().split(separator: "\n").filter { $0.hasPrefix("latency") }
    #expect(
      lines == [
        #"latency_seconds_bucket{le="0.005"} 2"#,
        #"latency_seconds_bucket{le="0.1"} 3"#,
        #"latency_seconds_bucket{le="1"} 3"#,
        #"latency_seconds_bucket{le="+Inf"} 4"#,
        "latency_seconds_sum 7.011",
        "latency_seconds_count 4",
      ])
  }

  @Test("A histogram of counts keeps its labels before the bound")
  func labelledHistogram() async {
    let registry = MetricsRegistry()
    let sizes = registry.histograms(
      "sizes", "Sizes.", labels: [.closed("kind")], .counts([1, 10]))
    sizes("a").observe(count: 10)
    let lines = await registry.text().split(separator: "\n").filter { $0.hasPrefix("sizes") }
    #expect(
      lines == [
        #"sizes_bucket{kind="a",le="1"} 0"#, #"sizes_bucket{kind="a",le="10"} 1"#,
        #"sizes_bucket{kind="a",le="+Inf"} 1"#, #"sizes_sum{kind="a"} 10"#,
        #"sizes_count{kind="a"} 1"#,
      ])
  }

  @Test(
    "Label values are escaped: backslash, quote and newline, and nothing else",
    arguments: [
      (#"C:\temp"#, #"C:\\temp"#), (#"say "hi""#, #"say \"hi\""#), ("two\nlines", #"two\nlines"#),
      ("a\r\nb", "a\r\\nb"), ("grün ✓", "grün ✓"), ("", ""),
    ])
  func escaping(value: String, escaped: String) {
    let description = MetricDescription("m", .gauge, "Help.", labels: [.open("value")])
    let text = MetricsText.encode([
      MetricSnapshot(description, series: [.init(labels: [value], reading: .integer(1))])
    ])
    #expect(text == "# HELP m Help.\n# TYPE m gauge\nm{value=\"\(escaped)\"} 1\n")
  }

  @Test("Help is one line: backslash and newline are escaped, quotes are not")
  func help() {
    let text = MetricsText.encode([
      MetricSnapshot(MetricDescription("m", .gauge, "a \"b\" \\ c\nd"), series: [])
    ])
    #expect(text == "# HELP m a \"b\" \\\\ c\\nd\n# TYPE m gauge\n")
  }

  @Test(
    "Numbers are as Go reads them",
    arguments: [
      (1.0, "1"), (0.25, "0.25"), (-2, "-2"), (.infinity, "+Inf"), (-.infinity, "-Inf"),
      (.nan, "NaN"), (1e300, "1e+300"), (1_700_000_000.5, "1700000000.5"),
    ])
  func numbers(value: Double, text: String) {
    let encoded = MetricsText.encode([
      MetricSnapshot(
        MetricDescription("m", .gauge, ""), series: [.init(labels: [], reading: .number(value))])
    ])
    #expect(encoded.split(separator: "\n").last == "m \(text)")
  }

  @Test("Counts beyond what a signed number holds are written whole")
  func largeCount() async {
    let registry = MetricsRegistry()
    registry.counter("bytes_total", "Bytes.").add(UInt64.max)
    #expect(await registry.text().contains("bytes_total 18446744073709551615\n"))
  }
}
