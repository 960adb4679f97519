import SallyportConfig
import SallyportPolicyTestSupport
import Testing

@testable import SallyportPolicy

/// Every way in which a file can be wrong: the line, the key, and what is said.
@Suite struct PolicyFileErrorTests {
  private func check(
    _ yaml: String, _ line: Int?, _ key: String?, _ text: String,
    for program: PolicyProgram = .worker
  ) throws {
    let error = try #require(throws: ConfigError.self, "\(yaml)") {
      try policy(yaml, for: program)
    }
    #expect(error.origin == .file(path: "policy.yaml", line: line), "\(error)")
    #expect(error.key == key, "\(error)")
    #expect("\(error)".contains(text), "\(error)")
    #expect(!"\(error)".contains("\n"))
  }

  @Test(
    arguments: [
      ("", nil, "version", "the file is empty"), ("# x\n", nil, "version", "version is required"),
      ("rules: []", nil, "version", "version is required: 1"),
      ("version: 2\nrules: []", 1, "version", "expected 1"),
      ("version: [1]\nrules: []", 1, "version", "found a list"),
      ("version: 1", nil, "rules", "rules is required"), ("- a", 1, nil, "found a list"),
      ("version: 1\nrules: []\ndefault: maybe", 3, "default", "allow or deny"),
      ("version: 1\nrules: {}", 2, "rules", "a list of 0 to 1000 rules"),
      ("version: 1\nrules:", 2, "rules", "found nothing"),
      ("version: 1\nrules: []\nrule: x", 3, "rule", "did you mean 'rules'"),
      ("version: 1\nversion: 1\nrules: []", 1, "version", "more than once"),
      ("version: 1\nrules: [a]", 2, "rules.0", "expected a rule"),
      ("version: 1\nrules: &x []", 2, nil, "an anchor"),
      ("version: 1\nrules: *x", 2, nil, "in quotes"),
      ("version: 1\nrules: []\n<<: {default: allow}", 3, "<<", "unknown key"),
      ("version: 1\nrules: [", 3, nil, "not valid YAML"),
    ] as [(String, Int?, String?, String)])
  func file(_ yaml: String, _ line: Int?, _ key: String?, _ text: String) throws {
    try check(yaml, line, key, text)
  }

  @Test(arguments: [
    ("action: allow", 3, "rules.0.name", "is required"),
    ("name: a", 3, "rules.0.action", "is required"),
    ("name: A\n    action: allow", 3, "rules.0.name", "1 to 63 of a-z"),
    ("name: default\n    action: allow", 3, "rules.0.name", "another name"),
    ("name: opa\n    action: allow", 3, "rules.0.name", "another name"),
    ("name: a\n    action: Allow", 4, "rules.0.action", "allow or deny"),
    ("name: a\n    action: allow\n    reason: [x]", 5, "rules.0.reason", "a text on one line"),
    ("name: a\n    action: allow\n    reason: \"a\\nb\"", 5, "rules.0.reason", "cannot be seen"),
    ("name: a\n    action: allow\n    reason:", 5, "rules.0.reason", "leave the key out"),
    ("name: a\n    action: allow\n    action: deny", 4, "action", "more than once"),
    ("name: a\n    action: allow\n    ref: [x]", 5, "rules.0.ref", "did you mean 'refs'"),
    ("name: a\n    action: allow\n    when: x", 5, "rules.0.when", "known are name, action"),
    ("name: a\n    action: allow\n    workers: [x]", 5, "rules.0.workers", "a worker cannot tell"),
  ])
  func rule(_ rule: String, _ line: Int, _ key: String?, _ text: String) throws {
    try check("version: 1\nrules:\n  - \(rule)\n", line, key, text)
  }

  @Test(arguments: [
    ("repositories: team/*", "", "a list of 1 to 256 patterns"),
    ("repositories: []", "", "found 0"), ("repositories: [/x]", ".0", "no '/' stands first"),
    ("repositories: [a, ../b]", ".1", "no segment is"), ("repositories: [a**]", ".0", "of its own"),
    ("repositories: [[a]]", ".0", "found a list"), ("repositories: [~]", ".0", "in quotes"),
    ("repositories: ['']", ".0", "of 1 to 512 bytes"), ("refs: [main]", ".0", "refs/heads/main"),
    ("refs: [heads/main]", ".0", "refs/heads/main"), ("refs: [tags/v1]", ".0", "refs/tags/v1"),
    ("refs: [refs/heads/a..b]", ".0", "no ref can have"), ("refs: [refs/]", ".0", "no ref can"),
    ("refs: [refs/heads/-x, \"refs/h**\"]", ".1", "of its own"), ("refs: [(none)]", ".0", "full"),
    ("refs: [\"refs/heads/a b\"]", ".0", "no ref can have"), ("refs: [-x]", ".0", "full name"),
    ("unadvertised-commits: yes", "", "true or false"), ("commands: [make]", ".0", "a list in the"),
    ("commands: [[]]", ".0", "a list of 1 to 256 arguments"), ("commands: make", "", "commands"),
    ("commands: [[make, \"**\", x]]", ".0", "the last element"),
    ("commands: [[\"**\"]]", ".0", "leave 'commands' out"),
    ("commands: [[\"\", a]]", ".0", "the first element is the program"),
    ("commands: [[a, x**]]", ".0", "of its own"), ("commands: [[a, null]]", ".0.1", "in quotes"),
    ("commands: [[a, [b]]]", ".0.1", "found a list"), ("images: [a b]", ".0", "without blanks"),
    ("images: [é]", ".0", "ASCII"), ("images: [a**b]", ".0", "of its own"),
    ("environment: [A]", "", "{only: ["), ("environment: {}", "", "an empty table"),
    ("environment: {any: [A]}", ".any", "lists all names that the job may have"),
    ("environment: {only: A}", ".only", "a list of 0 to 256"),
    ("environment: {only: [\"A=b\"]}", ".only.0", "no name contains '='"),
    ("secrets: {only: [\"A**\"]}", ".only.0", "any run of characters"),
    ("secrets: {onli: [A]}", ".onli", "did you mean 'only'"),
    ("timeout: 30m", "", "{at-most: 30m}"), ("timeout: {at-most: 30}", ".at-most", "a duration"),
    ("timeout: {at-most: 1h, over: 1m}", "", "both"), ("timeout: {}", "", "an empty table"),
    ("submitters: [\"spiffe://g/jo\"]", ".0", "not a SPIFFE ID"),
    ("signed: 1", "", "true or false"),
    ("signers: [abc]", ".0", "64 lower-case"),
    ("signers: [\(keyA.uppercased())]", ".0", "64 lower"),
    ("labels: [a]", "", "a table of labels"), ("labels: {}", "", "0 of them"),
    ("labels: {a: {b: c}}", ".a", "a pattern or a list"), ("labels: {a: \"**\"}", ".a", "already"),
    ("labels: {a: []}", ".a", "a list of 1 to 256"), ("labels: {a: }", ".a", "in quotes"),
    ("images: [\"\(String(repeating: "a", count: 513))\"]", ".0", "found 513 bytes"),
  ])
  func matcher(_ matcher: String, _ suffix: String, _ text: String) throws {
    let key = String(matcher.prefix { $0 != ":" })
    try check(
      "version: 1\nrules:\n  - name: a\n    action: allow\n    \(matcher)\n", 5,
      "rules.0.\(key)\(suffix)", text)
  }

  @Test func denyWantsAny() throws {
    try check(
      "version: 1\nrules:\n  - name: a\n    action: deny\n    secrets: {only: [A]}\n", 5,
      "rules.0.secrets.only", "names that no job may have")
    try check(
      "version: 1\nrules:\n  - name: a\n    action: deny\n    secrets: {any: []}\n", 5,
      "rules.0.secrets.any", "a list of 1 to 256")
  }

  @Test(arguments: [
    "commands: [[x]]", "images: [a]", "environment: {only: []}", "secrets: {only: []}",
    "timeout: {over: 1s}", "submitters: [(none)]", "labels: {a: b}",
  ])
  func agentsCannotTell(_ matcher: String) throws {
    let key = String(matcher.prefix { $0 != ":" })
    try check(
      "version: 1\nrules:\n  - name: a\n    action: allow\n    \(matcher)\n", 5, "rules.0.\(key)",
      "a VCS agent cannot tell: its rules have repositories, refs", for: .agent)
  }

  @Test func agentsHaveARepositoryAlways() throws {
    try check(
      "version: 1\nrules:\n  - name: a\n    action: allow\n    repositories: [(none)]\n", 5,
      "rules.0.repositories.0", "a repository pattern", for: .agent)
  }

  @Test func refsAndUnadvertisedCommits() throws {
    try check(
      """
      version: 1
      rules:
        - name: a
          action: allow
          unadvertised-commits: true
          refs: [HEAD]
      """, 6, "rules.0.refs", "write two rules")
  }

  @Test func sameName() throws {
    try check(
      "version: 1\nrules:\n  - {name: a, action: deny, signed: true}\n  - {name: a, action: allow}",
      4, "rules.1.name", "in line 3 already")
  }

  @Test func unreachable() throws {
    try check(
      "version: 1\nrules:\n  - {name: a, action: deny}\n  - {name: b, action: allow, signed: true}",
      4, "rules.1", "one after rule 'a', which matches everything")
    try check(
      """
      version: 1
      rules:
        - {name: a, action: deny, signed: true, images: [x]}
        - {name: b, action: allow, signed: false}
        - {name: c, action: allow, images: [x], signed: true}
      """, 5, "rules.2", "the matchers of rule 'a'")
    _ = try policy(
      "version: 1\nrules:\n  - {name: a, action: deny, signed: true}\n  - {name: b, action: allow}")
  }

  @Test func bounds() throws {
    func rules(_ count: Int) -> String {
      "version: 1\nrules:\n"
        + (0..<count).map { "  - {name: r\($0), action: deny, images: [i\($0)]}\n" }.joined()
    }
    #expect(try policy(rules(1_000)).rules.count == 1_000)
    try check(rules(1_001), 3, "rules", "found 1001")
    func images(_ count: Int) -> String {
      let list = (0..<count).map { "i\($0)" }.joined(separator: ", ")
      return "version: 1\nrules:\n  - {name: r, action: deny, images: [\(list)]}\n"
    }
    _ = try policy(images(256))
    try check(images(257), 3, "rules.0.images", "found 257")
    try check(
      "version: 1\nrules: []\n" + String(repeating: "# a\n", count: 1 << 18), nil, nil,
      "larger than")
  }
}
