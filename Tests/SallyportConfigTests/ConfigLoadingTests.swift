import SallyportConfig
import Testing

@Suite struct ConfigLoadingTests {
  @Test func defaultsApplyWhereNothingIsGiven() throws {
    let values = try Sample.load()
    #expect(values[Sample.port] == 7443)
    #expect(values[Sample.serverName] == nil)
    #expect(values[Sample.timeout] == .seconds(600))
    #expect(values[Sample.upstreams].isEmpty)
    #expect(values.origin(of: Sample.port) == .defaultValue)
  }

  @Test func everyTypeIsReadFromTheFile() throws {
    let values = try Sample.load(
      """
      # A comment.
      listen:
        agents: { port: 8443, server-name: "gateway.example" }
      job.timeout: 1h30m
      stream: {window: 64KiB}
      strict: false
      color: green
      endpoint: "[::1]:7445"
      labels: [a, b]
      state-dir: state
      upstreams:
        - name: main
        - { name: other, port: 8444 }
      """)
    #expect(values[Sample.port] == 8443)
    #expect(values[Sample.serverName] == "gateway.example")
    #expect(values[Sample.timeout] == .seconds(5_400))
    #expect(values[Sample.window] == 65_536)
    #expect(values[Sample.strict] == false)
    #expect(values[Sample.color] == .green)
    #expect(values[Sample.endpoint] == HostPort(host: "::1", port: 7445))
    #expect(values[Sample.labels] == ["a", "b"])
    #expect(values[Sample.state] == "/etc/sample/state")
    #expect(values[Sample.upstreams].map { $0[Sample.upstreamName] } == ["main", "other"])
    #expect(values[Sample.upstreams].map { $0[Sample.upstreamPort] } == [443, 8444])
    #expect(
      values.origin(of: Sample.port) == .file(path: "/etc/sample/sample.yaml", line: 3))
  }

  @Test func flagsWinOverEnvironmentOverFileOverDefault() throws {
    let yaml = "listen.agents.port: 1\njob.timeout: 2s\nstream.window: 3KiB\nlabels: [file]"
    let environment = [
      "SALLYPORT_SAMPLE_LISTEN_AGENTS_PORT": "10", "SALLYPORT_SAMPLE_JOB_TIMEOUT": "20s",
      "SALLYPORT_SAMPLE_LABELS": "env,two",
    ]
    let values = try Sample.load(yaml, environment: environment, set: ["listen.agents.port=100"])
    #expect(values[Sample.port] == 100)
    #expect(values[Sample.timeout] == .seconds(20))
    #expect(values[Sample.window] == 3_072)
    #expect(values[Sample.labels] == ["env", "two"])
    #expect(values.origin(of: Sample.port) == .flag("--set"))
    #expect(
      values.origin(of: Sample.timeout) == .environment(variable: "SALLYPORT_SAMPLE_JOB_TIMEOUT"))
    // The last of several flags for one key counts.
    #expect(try Sample.load(set: ["strict=true", "strict=false"])[Sample.strict] == false)
  }

  @Test func mapsTakeFreeKeys() throws {
    let inFile = try Sample.load("tags:\n  os: linux\n  a.b: c")
    #expect(inFile[Sample.tags] == ["os": "linux", "a.b": "c"])
    #expect(inFile.origin(of: Sample.tags) == .file(path: "/etc/sample/sample.yaml", line: 3))
    #expect(try Sample.load("tags: {}")[Sample.tags].isEmpty)
    let variable = try Sample.load(
      "tags: {os: linux}", environment: ["SALLYPORT_SAMPLE_TAGS": "x=1,y=a=b"])
    #expect(variable[Sample.tags] == ["x": "1", "y": "a=b"])
    #expect(try Sample.load(set: ["tags="])[Sample.tags].isEmpty)
    for text in ["x", "x=1,x=2", ","] {
      #expect(Sample.message(set: ["tags=\(text)"])?.contains("KEY=VALUE") == true)
    }
    #expect(Sample.message(set: ["tags==x"])?.contains("a table of at most 2 texts") == true)
    #expect(Sample.message("tags: {a: 1, b: 2, c: 3}")?.contains("found 3 of them") == true)
    #expect(Sample.message("tags: {a: [1]}")?.contains("tags.a: expected a text") == true)
    #expect(Sample.message("tags: x")?.contains("expected table of strings") == true)
  }

  @Test func emptyGroupsSetNothing() throws {
    #expect(try Sample.load("listen: {}\njob: {}")[Sample.port] == 7443)
    #expect(Sample.message("lisen: {}")?.contains("unknown key 'lisen'") == true)
    #expect(Sample.message("strict: {}")?.contains("expected boolean, found a table") == true)
  }

  @Test func variablesOfOthersAreLeftAlone() throws {
    let values = try Sample.load(environment: [
      "PATH": "/bin", "SALLYPORT_OTHER_X": "1", "SALLYPORT_SAMPLE": "x", "": "odd",
      "SALLYPORT_SAMPLE_CONFIG": "/x", "SALLYPORT_SAMPLE_DIR": "/y",
    ])
    #expect(values[Sample.port] == 7443)
  }

  @Test(arguments: [
    (
      "listen:\n  agents:\n    prot: 1",
      "/etc/sample/sample.yaml:3: unknown key 'listen.agents.prot'; "
        + "did you mean 'listen.agents.port'?"
    ),
    (
      "\nlisten.agents.port: abc",
      "/etc/sample/sample.yaml:2: listen.agents.port: "
        + "expected a whole number from 1 to 65,535, found 'abc'"
    ),
    (
      "listen.agents.port: 65536",
      "/etc/sample/sample.yaml:1: listen.agents.port: "
        + "expected a whole number from 1 to 65,535, found '65536'"
    ),
    (
      "listen: 7443",
      "/etc/sample/sample.yaml:1: unknown key 'listen'; "
        + "it holds listen.agents.port, listen.agents.server-name"
    ),
    (
      "strict: yes", "/etc/sample/sample.yaml:1: strict: expected true or false, found 'yes'"
    ),
    (
      "color: blue", "/etc/sample/sample.yaml:1: color: expected one of red, green, found 'blue'"
    ),
    (
      "strict:",
      "/etc/sample/sample.yaml:1: strict: expected a value, found nothing; "
        + "leave the key out to use its default"
    ),
    (
      "labels: a", "/etc/sample/sample.yaml:1: labels: expected list of strings, found 'a'"
    ),
    (
      "strict: [true]", "/etc/sample/sample.yaml:1: strict: expected boolean, found a list"
    ),
    (
      "labels: [a, b, c, d]",
      "/etc/sample/sample.yaml:1: labels: "
        + "expected a list of at most 3 texts that are not empty, found 4 of them"
    ),
    (
      "upstreams: [{nam: x}]",
      "/etc/sample/sample.yaml:1: unknown key 'upstreams.0.nam'; did you mean 'name'?"
    ),
    (
      "strict: true\nstrict: false",
      "/etc/sample/sample.yaml:1: not valid YAML: key 'strict' is given more than once"
    ),
    (
      "listen: {agents: {port: 1}}\nlisten.agents.port: 2",
      "/etc/sample/sample.yaml:2: key 'listen.agents.port' is given more than once"
    ),
    ("- a", "/etc/sample/sample.yaml:1: not valid YAML: the top level is not a mapping"),
    ("a: [b", "/etc/sample/sample.yaml"),
    ("a: 1\n---\nb: 1", "/etc/sample/sample.yaml"),
    ("labels: [[a]]", "/etc/sample/sample.yaml:1: labels: expected texts or tables"),
    ("labels: [a, {b: 1}]", "/etc/sample/sample.yaml:1: labels: expected texts or tables"),
    ("? [a]\n: b", "/etc/sample/sample.yaml:1: not valid YAML: a key that is not a text"),
    ("endpoint: host:0", "/etc/sample/sample.yaml:1: endpoint: expected host:port"),
    (
      "job.timeout: 0s",
      "/etc/sample/sample.yaml:1: job.timeout: expected a duration such as 500ms, 30s, 10m, 24h or "
        + "1h30m, 1s to 24h, found '0s'"
    ),
    (
      "stream.window: 64KB",
      "/etc/sample/sample.yaml:1: stream.window: expected a size such as 512B, 64KiB, 16MiB or 1GiB"
    ),
    (
      "color: \"\\e[31mred\"",
      "/etc/sample/sample.yaml:1: color: expected one of red, green, found '\\x1b[31mred'"
    ),
  ])
  func errorsInTheFile(yaml: String, expected: String) {
    let message = Sample.message(yaml)
    #expect(message?.hasPrefix(expected) == true, "got: \(message ?? "no error")")
  }

  @Test(arguments: [
    (
      "SALLYPORT_SAMPLE_LISTEN_AGENTS_PROT", "1",
      "SALLYPORT_SAMPLE_LISTEN_AGENTS_PROT: unknown key 'SALLYPORT_SAMPLE_LISTEN_AGENTS_PROT'; "
        + "did you mean SALLYPORT_SAMPLE_LISTEN_AGENTS_PORT?"
    ),
    (
      "SALLYPORT_SAMPLE_STRICT", "",
      "SALLYPORT_SAMPLE_STRICT: strict: expected true or false, found ''"
    ),
    (
      "SALLYPORT_SAMPLE_LABELS", "a,,b",
      "SALLYPORT_SAMPLE_LABELS: labels: expected a list"
    ),
    (
      "SALLYPORT_SAMPLE_UPSTREAMS", "x",
      "SALLYPORT_SAMPLE_UPSTREAMS: upstreams: expected list of tables in the configuration file"
    ),
    (
      "SALLYPORT_SAMPLE_QQQQQQQQQQQQQQQQQQQQQQQQQQ", "x",
      "SALLYPORT_SAMPLE_QQQQQQQQQQQQQQQQQQQQQQQQQQ: unknown key"
    ),
  ])
  func errorsInTheEnvironment(variable: String, text: String, expected: String) {
    let message = Sample.message(environment: [variable: text])
    #expect(message?.hasPrefix(expected) == true, "got: \(message ?? "no error")")
  }

  @Test(arguments: [
    ("strct=true", "--set: unknown key 'strct'; did you mean 'strict'?"),
    ("strict", "--set: expected KEY=VALUE, found 'strict'"),
    ("=x", "--set: expected KEY=VALUE, found '=x'"),
    ("strict=1", "--set: strict: expected true or false, found '1'"),
  ])
  func errorsInFlags(assignment: String, expected: String) {
    #expect(Sample.message(set: [assignment]) == expected)
  }

  @Test func requiredKeysAreNamedWithEveryWayToGiveThem() {
    let schema = ConfigSchema(
      program: "sallyport-vcs-agent",
      settings: [Setting.required("gateway.endpoint", .hostPort, "The gateway.")])
    let error = #expect(throws: ConfigError.self) { try schema.load(file: nil, environment: [:]) }
    #expect(
      error?.description
        == "gateway.endpoint is required: host:port; set it in a file given with --config, "
        + "as SALLYPORT_VCS_AGENT_GATEWAY_ENDPOINT or with --set gateway.endpoint=VALUE")
    #expect(error?.code == .missingKey)
    let inTable = Sample.message("upstreams:\n  - port: 1")
    #expect(inTable == "/etc/sample/sample.yaml:2: upstreams.0.name is required: string")
  }

  @Test func aliasesCannotMultiplyAFile() {
    var yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1...9 {
      let items = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
      yaml += "a\(level): &a\(level) {k: [\(items)]}\n"
    }
    #expect(Sample.message(yaml) != nil)
    var mappings = "a0: &a0 {k: v}\n"
    for level in 1...9 {
      let pairs = (0..<10).map { "k\($0): *a\(level - 1)" }.joined(separator: ", ")
      mappings += "a\(level): &a\(level) {\(pairs)}\n"
    }
    #expect(Sample.message(mappings)?.contains("more than 100,000 values") == true)
  }

  @Test func mutatedFilesNeverCrash() {
    let seed = Array(
      "listen:\n  agents: {port: 1, server-name: \"x\"}\nlabels: [a, 'b']\nupstreams:\n  - name: n\n"
        .utf8)
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<3_000 {
      var bytes = seed
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        let index = Int.random(in: 0..<bytes.count, using: &generator)
        bytes[index] = UInt8.random(in: 0...255, using: &generator)
      }
      _ = Sample.message(String(decoding: bytes, as: UTF8.self))
    }
  }
}
