import SallyportMetrics
import Testing

struct MetricsRegistryTests {
  private func value(_ line: String, in registry: MetricsRegistry) async -> Substring? {
    await registry.text().split(separator: "\n").first { $0.hasPrefix(line + " ") }?
      .split(separator: " ").last
  }

  @Test("Beyond the bound, open labels become `other`; closed ones stay what they are")
  func boundedSeries() async {
    let registry = MetricsRegistry(maximumSeries: 2)
    let jobs = registry.counters(
      "jobs_total", "Jobs.", labels: [.open("tenant"), .closed("state")])
    for index in 0..<100 {
      jobs("tenant-\(index)", "lost").increment()
      jobs("tenant-\(index)", "failed").increment()
    }
    let lines = await registry.text().split(separator: "\n").filter { $0.hasPrefix("jobs_total") }
    #expect(
      lines == [
        #"jobs_total{tenant="other",state="failed"} 98"#,
        #"jobs_total{tenant="other",state="lost"} 98"#,
        #"jobs_total{tenant="tenant-0",state="failed"} 1"#,
        #"jobs_total{tenant="tenant-0",state="lost"} 1"#,
        #"jobs_total{tenant="tenant-1",state="failed"} 1"#,
        #"jobs_total{tenant="tenant-1",state="lost"} 1"#,
      ])
    // Whoever was let in stays in.
    jobs("tenant-1", "lost").increment()
    #expect(await value(#"jobs_total{tenant="tenant-1",state="lost"}"#, in: registry) == "2")
  }

  @Test("What is found at a scrape is bounded and summed in the same way")
  func boundedSamples() async {
    let registry = MetricsRegistry(maximumSeries: 1)
    let depth = MetricDescription("depth", .gauge, "Depth.", labels: [.open("tenant")])
    registry.collect([depth]) { (1...4).map { MetricSample(depth, ["t\($0)"], $0) } }
    #expect(await value(#"depth{tenant="t1"}"#, in: registry) == "1")
    #expect(await value(#"depth{tenant="other"}"#, in: registry) == "9")
  }

  @Test("A collector that fails takes only its own metrics with it, and is counted")
  func failingCollector() async {
    struct Failure: Error {}
    let registry = MetricsRegistry()
    let broken = MetricDescription("broken", .gauge, "Broken.")
    let whole = MetricDescription("whole", .gauge, "Whole.")
    registry.collect([broken]) { throw Failure() }
    registry.collect([whole]) { [MetricSample(whole, [], 7)] }
    let text = await registry.text()
    #expect(!text.contains("broken"))
    #expect(text.contains("\nwhole 7\n"))
    #expect(await value("sallyport_metrics_failures_total", in: registry) != "0")
  }

  @Test("A collector that does not answer is left out after its time, and is told to stop")
  func slowCollector() async {
    let registry = MetricsRegistry()
    let slow = MetricDescription("slow", .gauge, "Slow.")
    registry.collect([slow]) {
      try await Task.sleep(for: .seconds(3_600))
      return [MetricSample(slow, [], 1)]
    }
    let start = ContinuousClock.now
    let text = await registry.text()
    #expect(!text.contains("slow"))
    #expect(ContinuousClock.now - start < .seconds(60))
  }

  @Test("Many tasks count at once and nothing is lost")
  func concurrentCounting() async {
    let registry = MetricsRegistry()
    let counters = registry.counters("hits_total", "Hits.", labels: [.open("who")])
    let histogram = registry.histogram("sizes", "Sizes.", .counts([10]))
    await withDiscardingTaskGroup { group in
      for task in 0..<8 {
        group.addTask {
          for _ in 0..<10_000 {
            counters("\(task % 2)").increment()
            histogram.observe(count: 3)
          }
        }
      }
    }
    #expect(await value(#"hits_total{who="0"}"#, in: registry) == "40000")
    #expect(await value("sizes_sum", in: registry) == "240000")
    #expect(await value("sizes_count", in: registry) == "80000")
  }

  @Test("The table names everything that was declared, and the process says what it is")
  func markdown() async throws {
    let registry = MetricsRegistry()
    ProcessMetrics.register(program: "test", in: registry)
    let text = await registry.text()
    for metric in registry.descriptions {
      #expect(registry.markdown.contains("| `\(metric.name)` | \(metric.kind.rawValue) |"))
      #expect(text.contains("# TYPE \(metric.name) "))
    }
    let resident = try #require(await value("process_resident_memory_bytes", in: registry))
    #expect(try #require(Int(resident)) > 1 << 20)
    let files = try #require(await value("process_open_fds", in: registry))
    #expect(try #require(Int(files)) >= 3)
    #expect(text.contains(#"sallyport_build_info{program="test",version="#))
  }
}
