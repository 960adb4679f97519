import SallyportConfig
import Testing

@testable import SallyportEdge

@Suite struct GatewaySettingsTests {
  private func load(_ pairs: [String]) throws -> GatewaySettings {
    let schema = ConfigSchema(program: "sallyport-test", settings: GatewaySettings.settings)
    let overrides = try pairs.map { try ConfigOverride(assignment: $0) }
    return GatewaySettings(try schema.load(file: nil, environment: [:], overrides: overrides))
  }

  @Test func takesTheHostWhereNoNameIsGiven() throws {
    let required = ["gateway.endpoint=[::1]:7443", "state.directory=/state"]
    #expect(try load(required).serverName == "::1")
    let named = try load(required + ["gateway.server-name=gateway.example"])
    #expect(named.serverName == "gateway.example")
    #expect(named.trustDomain == nil)
    #expect(named.stateDirectory == "/state")
  }

  @Test(arguments: [
    ["state.directory=/state"], ["gateway.endpoint=h:1"],
    ["gateway.endpoint=h", "state.directory=/state"],
    ["gateway.endpoint=h:0", "state.directory=/state"],
  ])
  func refuses(_ pairs: [String]) {
    #expect(throws: ConfigError.self) { try load(pairs) }
  }
}
