import ArgumentParser
import SallyportConfig
import Testing

@testable import SallyportHealth

struct HealthAddressTests {
  private enum Catalog: HealthSettingsCatalog {
    static let health = HealthSettings(defaultPort: 7_446)
    static let schema = ConfigSchema(program: "sallyport-test", settings: health.all)
  }

  private func address(_ assignments: String...) throws -> HealthAddress {
    let options = try ConfigOptions.parse(assignments.flatMap { ["--set", $0] })
    return try HealthAddress(options.load(Catalog.schema, environment: [:]), Catalog.health)
  }

  @Test("Without a word it is the loopback")
  func defaults() throws {
    #expect(try address() == HealthAddress(host: "127.0.0.1", port: 7_446))
    #expect(try address("health.host=::1", "health.port=0").text == "[::1]:0")
    #expect(try address("health.host=127.9.9.9").isLoopback)
  }

  @Test(
    "Where others could reach it, or a name would be looked up, it is refused",
    arguments: ["0.0.0.0", "::", "192.0.2.1", "localhost", "127.0.0.1.example", "::ffff:10.0.0.1"])
  func refused(host: String) throws {
    let error = #expect(throws: ConfigError.self) {
      _ = try self.address("health.host=\(host)")
    }
    #expect(error?.key == "health.host")
  }

  @Test("Unless that is what somebody wants")
  func exposed() throws {
    let address = try address("health.host=0.0.0.0", "health.expose=true")
    #expect(!address.isLoopback)
  }
}
