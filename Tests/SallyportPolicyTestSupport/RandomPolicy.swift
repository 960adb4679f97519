internal import SallyportConfig
internal import SallyportCore
package import SallyportPolicy
package import SallyportTestSupport

/// An id of a signing key.
package let keyA = String(repeating: "a", count: 64)
/// An id of a signing key.
package let keyB = String(repeating: "b", count: 64)

/// Policies, jobs and fetches of few words, so that rules meet them often.
package struct RandomPolicy {
  package var generator: SeededGenerator

  package init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  package static let repositories = ["a", "b", "t/a", "t/b", "t/u/a", "t/u/b", "t/a.git"]
  package static let repositoryPatterns = [
    "a", "*", "**", "t/*", "t/**", "*/a", "**/a", "t/*/b", "t/a*", "t/**/a",
  ]
  package static let refs = [
    "refs/heads/main", "refs/heads/r/1", "refs/heads/r/1/2", "refs/tags/v1", "refs/tags/r/1",
    "refs/pull/1/head", "HEAD", "refs/heads/m", "refs/notes",
  ]
  package static let refPatterns = [
    "refs/heads/main", "refs/heads/*", "refs/heads/**", "refs/tags/**", "refs/tags/v*", "refs/**",
    "HEAD", "**", "refs/*/r/1", "refs/**/1", "refs/heads/r/*", "refs/*/**", "refs/tags/r/1",
  ]
  package static let words = ["x", "y", "z/y", "", "xyz", "-k"]
  package static let wordPatterns = ["x", "*", "y*", "z/*", "*/y", "x*z", "-*"]
  package static let names = ["A", "AB", "B", "CAB", "PATH"]
  package static let namePatterns = ["A", "A*", "*B", "*", "*A*", "P*H"]
  package static let images = ["i", "r/i:1", "r/s/i@x"]
  package static let imagePatterns = ["i", "(none)", "r/*", "r/**", "**"]
  package static let people = ["jo", "jo-2"]
  package static let peoplePatterns = ["jo", "jo-*", "*"]
  package static let workers = ["spiffe://c/worker/1", "spiffe://c/worker/2"]
  package static let workerPatterns = ["spiffe://c/worker/1", "spiffe://c/*/*", "spiffe://d/**"]

  package mutating func policy(for program: PolicyProgram) throws -> AdmissionPolicy {
    try AdmissionPolicy(
      parsing: Array(validYAML(for: program).utf8), path: "random", for: program)
  }

  /// Until no rule hides another.
  package mutating func validYAML(for program: PolicyProgram) -> String {
    for _ in 0..<50 {
      let text = yaml(for: program)
      let bytes = Array(text.utf8)
      if (try? AdmissionPolicy(parsing: bytes, path: "random", for: program)) != nil {
        return text
      }
    }
    return "version: 1\nrules: []\n"
  }

  private mutating func yaml(for program: PolicyProgram) -> String {
    var text = "version: 1\ndefault: \(generator.pick(["allow", "deny", "deny"]))\nrules:"
    var lines = ""
    for number in 0..<Int.random(in: 0...6, using: &generator) {
      let action = generator.pick(["allow", "deny"])
      var rule = "  - name: r\(number)\n    action: \(action)\n"
      if generator.chance(30) { rule += "    reason: because of \(number)\n" }
      let matchers = matchers(for: program, action)
      rule += matchers
      // A rule without matchers must be the last.
      if matchers.isEmpty { rule += "    signed: \(generator.chance(50))\n" }
      lines += rule
    }
    if lines.isEmpty { text += " []" }
    return text + "\n" + lines
  }

  /// The matchers of a rule, a line each.
  private mutating func matchers(for program: PolicyProgram, _ action: String) -> String {
    var text = ""
    if generator.chance(60) {
      var list = generator.some(Self.repositoryPatterns, 1...2)
      if program == .worker, generator.chance(20) { list.append("(none)") }
      text += key("repositories", list)
    }
    if generator.chance(50) {
      text += key("refs", generator.some(Self.refPatterns, 1...3))
      if generator.chance(10) { text += "    unadvertised-commits: false\n" }
    } else if generator.chance(20) {
      text += "    unadvertised-commits: \(generator.chance(50))\n"
    }
    if generator.chance(15) { text += "    signed: \(generator.chance(50))\n" }
    if generator.chance(15) { text += "    signers: [\(generator.pick([keyA, keyB]))]\n" }
    return text + (program == .worker ? job(action) : fetch())
  }

  /// Which jobs may have a secret, as a secrets file says it, in one line. Not always valid.
  private mutating func jobs() -> String {
    guard generator.chance(60) else { return JobConditions.every }
    let conditions = (0..<generator.pick([0, 1, 1, 2])).map { _ in
      let lines = matchers(for: .worker, "allow").split(separator: "\n")
        .map { $0.drop { $0 == " " } }.filter { !$0.hasPrefix("secrets:") }
      return "{" + (lines.isEmpty ? ["signed: true"] : lines).joined(separator: ", ") + "}"
    }
    return "[" + conditions.joined(separator: ", ") + "]"
  }

  /// For each of ``names`` which jobs may have the secret of that name.
  package mutating func jobsOfSecrets() throws -> [(
    name: String, yaml: String, conditions: JobConditions
  )] {
    try Self.names.map { name in
      for _ in 0..<50 {
        let text = jobs()
        if let conditions = try? Self.conditions(text) { return (name, text, conditions) }
      }
      return (name, JobConditions.every, try Self.conditions(JobConditions.every))
    }
  }

  /// What a secrets file says of the jobs that may have a secret.
  package static func conditions(_ yaml: String) throws -> JobConditions {
    let root = try YAMLTree.parse(Array("jobs: \(yaml)".utf8), path: "random")
    guard case .table(let entries) = root?.value, let jobs = entries.first?.value else {
      throw ConfigError(code: .invalidValue, origin: .file(path: "random", line: nil))
    }
    return try JobConditions(PolicyCursor(node: jobs, key: "jobs", path: "random"))
  }

  private mutating func job(_ action: String) -> String {
    var text = ""
    if generator.chance(40) {
      let commands = (0..<Int.random(in: 1...2, using: &generator)).map { _ in
        var elements = ["x"] + generator.some(Self.wordPatterns, 0...2)
        if generator.chance(40) { elements.append("**") }
        return "[" + elements.map { "\"\($0)\"" }.joined(separator: ", ") + "]"
      }
      text += "    commands: [\(commands.joined(separator: ", "))]\n"
    }
    if generator.chance(25) { text += key("images", generator.some(Self.imagePatterns, 1...2)) }
    for name in ["environment", "secrets"] where generator.chance(30) {
      let list = generator.some(Self.namePatterns, 1...2).map { "\"\($0)\"" }
      text +=
        "    \(name): {\(action == "allow" ? "only" : "any"): [\(list.joined(separator: ", "))]}\n"
    }
    if generator.chance(25) {
      let bound = generator.pick(["at-most: 1m", "over: 1m", "at-most: 90s", "over: 0s"])
      text += "    timeout: {\(bound)}\n"
    }
    if generator.chance(20) { text += key("submitters", [generator.pick(Self.peoplePatterns)]) }
    if generator.chance(20) {
      text +=
        "    labels: {\(generator.pick(["a", "b"])): \"\(generator.pick(["x", "y*", "*"]))\"}\n"
    }
    return text
  }

  private mutating func fetch() -> String {
    generator.chance(30) ? key("workers", generator.some(Self.workerPatterns, 1...2)) : ""
  }

  private func key(_ key: String, _ list: [String]) -> String {
    "    \(key): [\(list.map { "\"\($0)\"" }.joined(separator: ", "))]\n"
  }

  package mutating func jobFacts() throws -> JobFacts {
    var checkout: JobFacts.Checkout?
    if generator.chance(80) {
      let ref: String? =
        generator.chance(15) ? nil : generator.pick(Self.refs + ["main", "v1", "r/1"])
      checkout = JobFacts.Checkout(
        repository: try RepositoryName(generator.pick(Self.repositories)), ref: ref)
    }
    return try JobFacts(
      checkout: checkout, command: ["x"] + generator.some(Self.words, 0...3),
      image: generator.chance(50) ? nil : generator.pick(Self.images),
      environment: Set(generator.some(Self.names, 0...2)),
      secrets: Set(generator.some(Self.names, 0...2)),
      timeout: generator.pick([nil, .zero, .seconds(60), .seconds(61), .seconds(90)]),
      submitter: generator.chance(30) ? nil : generator.pick(Self.people),
      signers: generator.pick([[], [keyA], [keyB], [keyA, keyB]]),
      labels: generator.pick([[:], ["a": "x"], ["a": "yy", "b": "x"]]))
  }

  package mutating func caller() throws -> FetchFacts.Caller {
    FetchFacts.Caller(
      worker: try SPIFFEID(parsing: generator.pick(Self.workers)),
      signers: generator.pick([[], [keyA], [keyB]]))
  }

  package mutating func fetchFacts() throws -> FetchFacts {
    FetchFacts(
      repository: try RepositoryName(generator.pick(Self.repositories)),
      target: generator.chance(15) ? .unadvertisedCommit : .ref(generator.pick(Self.refs)),
      caller: try caller())
  }
}
