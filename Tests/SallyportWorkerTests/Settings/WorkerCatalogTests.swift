import FoundationEssentials
import SallyportConfig
import Testing

@testable import sallyport_worker

@Suite struct WorkerCatalogTests {
  /// The example that comes with the image must be one that the worker takes.
  @Test func theExampleIsValid() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../../worker-image/worker.yaml").standardized.path
    let values = try WorkerCatalog.schema.load(file: file, environment: [:], overrides: [])
    #expect(values[WorkerCatalog.capacity] == 2)
    #expect(try WorkerCatalog.labelsByName(values) == ["region": "eu-1"])
  }

  @Test func aLabelNamesItsPlace() throws {
    let overrides = [
      "gateway.endpoint=h:1", "state.directory=/state", "labels=a=1,CANARY",
    ]
    let values = try WorkerCatalog.schema.load(
      file: nil, environment: [:],
      overrides: overrides.map { try ConfigOverride(assignment: $0) })
    let error = #expect(throws: ConfigError.self) { try WorkerCatalog.labelsByName(values) }
    #expect(error?.description == "--set: labels: expected name=value, found 'CANARY'")
  }
}
