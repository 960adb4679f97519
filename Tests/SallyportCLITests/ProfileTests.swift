import FoundationEssentials
import SallyportCLI
import SallyportConfig
import SallyportCore
import Testing

@Suite struct ProfileTests {
  @Test func theFileIsReadAndVariablesWin() throws {
    let harness = try CommandHarness()
    let profile = try OperatorProfile(directory: harness.directory, environment: [:])
    #expect(profile.endpoint == HostPort(host: "gateway.example", port: 7445))
    #expect(profile.serverName == "gateway.example")
    #expect(profile.trustDomain == nil)
    let changed = try OperatorProfile(
      directory: harness.directory,
      environment: [
        "SALLYPORT_OPERATOR_GATEWAY_ENDPOINT": "127.0.0.1:1",
        "SALLYPORT_OPERATOR_GATEWAY_SERVER_NAME": "localhost",
        "SALLYPORT_OPERATOR_GATEWAY_TRUST_DOMAIN": "t.example", "SALLYPORT_OPERATOR_DIR": "/x",
      ])
    #expect(changed.endpoint == HostPort(host: "127.0.0.1", port: 1))
    #expect(changed.serverName == "localhost")
    #expect(changed.trustDomain == "t.example")
  }

  @Test func theDirectoryComesFromFlagVariableOrConvention() {
    let environment = ["SALLYPORT_OPERATOR_DIR": "/v", "HOME": "/home/x", "XDG_CONFIG_HOME": "/c"]
    #expect(OperatorProfile.directory(flag: "/f", environment: environment) == "/f")
    #expect(OperatorProfile.directory(flag: nil, environment: environment) == "/v")
    #expect(
      OperatorProfile.directory(
        flag: nil, environment: ["HOME": "/home/x", "XDG_CONFIG_HOME": "/c"]) == "/c/sallyport")
    #expect(
      OperatorProfile.directory(flag: nil, environment: ["HOME": "/home/x"])
        == "/home/x/.config/sallyport")
  }

  @Test func aMissingProfileSaysWhatToDo() async throws {
    let harness = try CommandHarness()
    let report = try await harness.run(["--dir", "/nonexistent", "pool", "list"])
    #expect(report?.exitCode == SallyportCore.ExitCode.configuration)
    #expect(
      report?.message
        == "/nonexistent/operator.yaml: cannot be read: No such file or directory; give the "
        + "operator's directory, as 'sallyport-gateway init' makes it, with --dir or "
        + "SALLYPORT_OPERATOR_DIR")
  }

  @Test(arguments: [
    ("gateway: {endpoint: x:1, port: 2}", "unknown key 'gateway.port'"),
    ("gateway: {server-name: x}", "gateway.endpoint is required: host:port"),
    ("gateway: {endpoint: nowhere}", "gateway.endpoint: expected host:port"),
  ])
  func badProfilesAreRefused(yaml: String, expected: String) async throws {
    let harness = try CommandHarness()
    try Data(yaml.utf8).write(to: URL(filePath: harness.directory + "/operator.yaml"))
    let report = try await harness.run(["pool", "list"])
    #expect(report?.exitCode == SallyportCore.ExitCode.configuration)
    #expect(report?.message?.contains(expected) == true, "got: \(report?.message ?? "")")
  }
}
