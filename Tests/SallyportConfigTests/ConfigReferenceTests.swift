import SallyportConfig
import Testing

@Suite struct ConfigReferenceTests {
  @Test func theReferenceHasEveryKey() {
    let markdown = Sample.schema.markdown
    for setting in Sample.schema.settings {
      #expect(markdown.contains("| `\(setting.name)` |"))
    }
    #expect(
      markdown.contains(
        "| `listen.agents.port` | integer, 1 to 65,535 | `7443` | Port of the agents listener. |"))
    #expect(markdown.contains("| `job.timeout` | duration, 1s to 24h | `10m` | Longest job. |"))
    #expect(markdown.contains("| `upstreams[].name` | string | required | Name. |"))
    #expect(markdown.contains("| `endpoint` | host:port | none | Peer. |"))
    #expect(markdown.contains("| `color` | red \\| green | `red` | Color. |"))
    #expect(markdown.contains("`SALLYPORT_SAMPLE_`"))
  }

  @Test func theExampleIsAFileThatLoads() throws {
    let values = try Sample.load(Sample.schema.example)
    #expect(values[Sample.port] == 7443)
    // And with every line that has a default put into force.
    let names = Sample.schema.settings.filter { $0.defaultText != nil }.map(\.name)
    let active = Sample.schema.example.split(separator: "\n")
      .map { line in names.contains { line.hasPrefix("# \($0): ") } ? line.dropFirst(2) : line }
      .joined(separator: "\n")
    #expect(active.contains("\njob.timeout: 10m"))
    #expect(try Sample.load(active)[Sample.timeout] == .seconds(600))
  }
}
