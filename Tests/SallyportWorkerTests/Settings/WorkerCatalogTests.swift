import FoundationEssentials
import SallyportConfig
import SallyportPolicy
import SallyportSealing
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

  /// A worker's own configuration says whether the gateway can read its logs.
  @Test(arguments: [false, true]) func permissionsSayWhoReadsTheLogs(isSealed: Bool) throws {
    let directory = try TemporaryDirectory()
    let reader = try SealingKey.generate().publicKey
    let file = directory.file("reader.pub")
    try Data(reader.pem.utf8).write(to: URL(filePath: file))
    var overrides = ["gateway.endpoint=h:1", "state.directory=\(directory.path)"]
    if isSealed { overrides.append("logs.seal-to=\(file)") }
    let values = try WorkerCatalog.schema.load(
      file: nil, environment: [:],
      overrides: overrides.map { try ConfigOverride(assignment: $0) })
    let manifest = try WorkerCatalog.permissions(values)
    #expect(manifest.logReaders == (isSealed ? ["\(reader.id)"] : []))
    #expect(PermissionManifest(json: Array(manifest.json.utf8)) == manifest)
    #expect(manifest.text.contains("sealed to nobody") == !isSealed)
    #expect(manifest.text.contains("\(reader.id)") == isSealed)
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
