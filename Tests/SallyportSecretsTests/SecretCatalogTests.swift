import SallyportConfig
import SallyportCore
import SallyportPolicy
import SallyportSecrets
import Testing

struct SecretCatalogTests {
  private static let file = """
    version: 1
    secrets:
      - name: NPM_TOKEN
        file: npm-token
        jobs:
          - repositories: ["team/*"]
            refs: [refs/heads/main]
            signed: true
      - name: REGISTRY
        environment: REGISTRY_TOKEN
        maximum-size: 1KiB
        jobs: every
      - fields:
          AWS_ACCESS_KEY_ID: Credentials.AccessKeyId
          AWS_SECRET_ACCESS_KEY: Credentials.SecretAccessKey
        command: [aws, sts, assume-role, --external-id, ""]
        variables: {AWS_REGION: eu-central-1}
        timeout: 10s
        jobs: []
      - name: DB
        command: [vault]
        field: data.data.password
        jobs: [{repositories: [(none)]}, {commands: [[make, "**"]]}]
      - name: SEALED
        sealed: release
        jobs: []
    """

  private func catalog(_ text: String) throws -> SecretCatalog {
    try SecretCatalog(parsing: Array(text.utf8), path: "/etc/sallyport/secrets.yaml")
  }

  private func source(_ name: String, _ text: String = file) throws -> SecretSource {
    let name = try #require(SecretName(name))
    return try #require(try catalog(text).source(of: name))
  }

  @Test func itSaysWhereEachComesFrom() throws {
    let names = try catalog(Self.file).names.map(\.rawValue)
    #expect(
      names == [
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "DB", "NPM_TOKEN", "REGISTRY", "SEALED",
      ])
    #expect(try source("NPM_TOKEN").provider == .file(path: "/etc/sallyport/npm-token"))
    #expect(try source("REGISTRY").provider == .environment(variable: "REGISTRY_TOKEN"))
    #expect(try source("REGISTRY").maximumSize == 1_024)
    #expect(try source("SEALED").provider == .sealed(context: ContextName("release")))
    #expect(try catalog(Self.file).variables == ["REGISTRY_TOKEN"])
    let aws = try source("AWS_ACCESS_KEY_ID")
    #expect(try aws == source("AWS_SECRET_ACCESS_KEY"))
    #expect(aws.timeout == .seconds(10) && aws.maximumSize == 65_536)
    guard case .command(let command) = aws.provider else {
      Issue.record("not a command")
      return
    }
    #expect(command.arguments == ["aws", "sts", "assume-role", "--external-id", ""])
    #expect(command.variables == ["AWS_REGION": "eu-central-1"])
  }

  @Test func aJobHasWhatItsConditionsGiveIt() throws {
    let facts = { (ref: String, signers: [String]) in
      try JobFacts(
        checkout: .init(repository: try RepositoryName("team/app.git"), ref: ref),
        command: ["make", "x"], signers: signers)
    }
    let npm = try source("NPM_TOKEN").jobs
    #expect(npm.decide(try facts("refs/heads/main", ["k"])).isAllowed)
    #expect(npm.decide(try facts("main", ["k"])).refs == ["refs/heads/main"])
    #expect(!npm.decide(try facts("refs/heads/main", [])).isAllowed)
    #expect(!npm.decide(try facts("refs/tags/main", ["k"])).isAllowed)
    #expect(!npm.decide(try JobFacts(command: ["make"], signers: ["k"])).isAllowed)
    #expect(try source("REGISTRY").jobs.decide(facts("x", [])).isAllowed)
    #expect(try source("AWS_ACCESS_KEY_ID").jobs.decide(facts("x", ["k"])).isAllowed == false)
    #expect(try source("DB").jobs.decide(facts("x", [])).isAllowed)
    #expect(try source("DB").jobs.decide(JobFacts(command: ["sh"])).isAllowed)
    #expect(
      try source("DB").jobs.decide(
        JobFacts(
          checkout: .init(repository: try RepositoryName("a"), ref: "x"), command: ["sh"])
      ).isAllowed == false)
  }

  @Test(arguments: [
    ("name: A\n    file: a", "3: missing key 'secrets.0.jobs'"),
    ("name: A\n    jobs: every", "3: secrets.0: expected one of file, environment, command"),
    (
      "name: A\n    file: a\n    command: [x]\n    jobs: every",
      "3: secrets.0: expected one of file, environment, command, sealed, found file, command"
    ),
    ("file: a\n    jobs: every", "3: missing key 'secrets.0.name'"),
    ("name: A-b c\n    file: a\n    jobs: every", "3: secrets.0.name: expected 1 to 128"),
    ("name: A\n    file: a\n    job: every", "5: unknown key 'secrets.0.job'"),
    ("name: A\n    file: a\n    jobs: all", "5: secrets.0.jobs: expected a list of conditions"),
    ("name: A\n    file: a\n    jobs: [{}]", "5: secrets.0.jobs.0: expected a matcher"),
    (
      "name: A\n    file: a\n    jobs: [{refs: [main]}]",
      "5: secrets.0.jobs.0.refs.0: expected a pattern of full ref names"
    ),
    (
      "name: A\n    file: a\n    jobs: [{secrets: {only: []}}]",
      "5: unknown key 'secrets.0.jobs.0.secrets'"
    ),
    ("name: A\n    file: a\n    variables: {B: c}\n    jobs: every", "5: secrets.0.variables"),
    ("name: A\n    environment: SALLYPORT_X\n    jobs: every", "4: secrets.0.environment"),
    (
      "name: A\n    sealed: No Name\n    jobs: every", "4: secrets.0.sealed: expected the name of a"
    ),
    ("fields: {A: a}\n    sealed: release\n    jobs: every", "3: secrets.0.fields: expected no"),
    ("name: A\n    command: vault\n    jobs: every", "4: secrets.0.command: expected a list"),
    ("name: A\n    command: []\n    jobs: every", "4: secrets.0.command: expected a list"),
    ("name: A\n    file: a\n    timeout: 11m\n    jobs: every", "5: secrets.0.timeout"),
    ("name: A\n    file: a\n    timeout: 10\n    jobs: every", "5: secrets.0.timeout"),
    ("name: A\n    file: a\n    maximum-size: 2MiB\n    jobs: every", "5: secrets.0.maximum-size"),
    ("fields: {}\n    file: a\n    jobs: every", "3: secrets.0.fields"),
    ("fields: {A: a..b}\n    file: a\n    jobs: every", "3: secrets.0.fields.A"),
    ("fields: {A: a}\n    field: b\n    file: a\n    jobs: every", "4: secrets.0.field"),
    ("name: A\n    fields: {B: a}\n    file: a\n    jobs: every", "4: secrets.0.fields"),
    (
      "name: A\n    file: a\n    jobs: every\n  - fields: {A: a}\n    file: b\n    jobs: []",
      "6: key 'secrets.1.name'"
    ),
  ])
  func mistakesAreNamed(entry: String, expected: String) throws {
    let error = #expect(throws: ConfigError.self) {
      try catalog("version: 1\nsecrets:\n  - \(entry)\n")
    }
    let text = error?.description ?? ""
    let lead = expected.prefix { $0 != ":" }
    #expect(text.hasPrefix("/etc/sallyport/secrets.yaml:\(lead):"), "\(text)")
    let rest = expected.dropFirst(lead.count + 2).split(separator: "'").last ?? ""
    #expect(text.contains(rest), "\(text)")
  }

  @Test(arguments: ["", "secrets: []", "version: 1", "version: 2\nsecrets: []", "- a"])
  func aFileOfAnotherFormIsRefused(text: String) {
    #expect(throws: ConfigError.self) { try catalog(text) }
  }

  @Test func nobodyIsAValidAnswer() throws {
    #expect(try catalog("version: 1\nsecrets: []").names.isEmpty)
  }
}
