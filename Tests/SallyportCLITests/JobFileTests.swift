import SallyportCLI
import SallyportConfig
import SallyportCore
import SallyportProtos
import SwiftProtobuf
import Testing

@Suite struct JobFileTests {
  private func request(_ yaml: String) throws -> JobRequest {
    try JobRequest(document: try ConfigDocument(yaml: yaml, path: "job.yaml"))
  }

  @Test func everyKeyIsRead() throws {
    let request = try request(
      """
      pool: builders
      command: [make, "-j4", test]
      checkout:
        vcs-pool: on-prem
        repository: team/app.git
        ref: main
        commit: 0123456789abcdef0123456789abcdef01234567
      environment:
        CI: "true"
        EMPTY: ""
        PATH: /usr/bin:/bin
      timeout: 10m
      idempotency-key: nightly-1
      """
    ).submitRequest(newKey: "unused")
    #expect(request.pool == "builders")
    #expect(request.spec.command == ["make", "-j4", "test"])
    #expect(request.spec.checkout.vcsPool == "on-prem")
    #expect(request.spec.checkout.repository == "team/app.git")
    #expect(request.spec.checkout.ref == "main")
    #expect(request.spec.checkout.commit.hasPrefix("01234567"))
    #expect(request.spec.environment == ["CI": "true", "EMPTY": "", "PATH": "/usr/bin:/bin"])
    #expect(request.spec.timeout.seconds == 600)
    #expect(request.idempotencyKey == "nightly-1")
  }

  @Test func flagsWin() throws {
    var request = try request(
      "pool: a\ncommand: [x]\ntimeout: 1m\nenvironment: {A: file, B: file}")
    var flags = JobRequest()
    flags.pool = "b"
    flags.command = ["y", "z"]
    flags.environment = ["B": "flag", "C": "flag"]
    request.override(with: flags)
    let submitted = try request.submitRequest(newKey: "new")
    #expect(submitted.pool == "b")
    #expect(submitted.spec.command == ["y", "z"])
    #expect(submitted.spec.environment == ["A": "file", "B": "flag", "C": "flag"])
    #expect(submitted.spec.timeout.seconds == 60)
    #expect(submitted.idempotencyKey == "new")
    #expect(!submitted.spec.hasCheckout)
  }

  @Test(arguments: [
    ("pol: x", "job.yaml:1: unknown key 'pol'; did you mean 'pool'?"),
    ("command: make test", "job.yaml:1: command: expected list of strings, found 'make test'"),
    ("timeout: 10", "job.yaml:1: timeout: expected a duration"),
    ("environment: [A=1]", "job.yaml:1: environment: expected table of strings, found a list"),
    ("environment: {A: [1]}", "job.yaml:1: environment.A: expected a text, found a list"),
    ("checkout: {vcs-pool: p}", "job.yaml: checkout: expected both vcs-pool and repository"),
    ("checkout: {vcs-pool: P, repository: a.git}", "job.yaml:1: checkout: expected a VCS pool"),
    ("checkout: {vcs-pool: p, repository: a/../b}", "job.yaml:1: checkout: expected a VCS pool"),
    ("checkout: {vcs-pool: p, repository: /a.git}", "job.yaml:1: checkout: expected a VCS pool"),
    ("checkout: {vcs-pool: p, repo: a.git}", "job.yaml:1: unknown key 'checkout.repo'"),
    ("secrets: [A=hunter2]", "job.yaml:1: secrets: expected NAME, NAME=as:VARIABLE"),
    ("secrets: [a-b]", "job.yaml:1: secrets: expected NAME, NAME=as:VARIABLE"),
    ("image: debian", "job.yaml:1: unknown key 'image'"),
    ("- pool", "job.yaml:1: not valid YAML: the top level is not a mapping"),
  ])
  func mistakesAreNamed(yaml: String, expected: String) {
    let error = #expect(throws: ConfigError.self) { try request(yaml) }
    #expect(error?.description.hasPrefix(expected) == true, "got: \(error?.description ?? "")")
  }

  @Test func aFileThatIsMissingIsWrongInput() {
    let error = #expect(throws: ErrorReport.self) { try JobRequest(file: "/nonexistent/job.yaml") }
    #expect(error?.exitCode == SallyportCore.ExitCode.dataError)
    #expect(error?.message?.hasPrefix("/nonexistent/job.yaml: cannot be read") == true)
  }

  @Test(arguments: [
    "", ":", "p:", ":a.git", "P:a.git", "p", "p:/a.git", "p:a//b", "p:a/./b", "p:a/..", "p:a.git/",
    "p:a\nb", "p:a\u{202e}b",
  ])
  func repositoriesThatCannotBe(text: String) {
    #expect(throws: TextFormError.self) { try RepositoryArgument(parsing: text) }
  }
}
