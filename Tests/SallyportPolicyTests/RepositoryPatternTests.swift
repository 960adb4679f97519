import SallyportCore
import SallyportPolicy
import SallyportPolicyTestSupport
import SallyportTestSupport
import Testing

@Suite struct RepositoryPatternTests {
  @Test(arguments: [
    ("team/*", "team/app.git", true), ("team/*", "team/a/b", false), ("team/*", "team", false),
    ("team/*", "Team/app", false), ("team/*", "teams/app", false), ("team/**", "team/a/b/c", true),
    ("team/**", "team", false), ("**", "a", true), ("**", "a/b/c", true), ("*", "a", true),
    ("*", "a/b", false), ("team/app.git", "team/app.git", true),
    ("team/app", "team/app.git", false), ("team/app.git", "team/app", false),
    ("team/app.git", "team/appxgit", false), ("team/a*", "team/app", true),
    ("team/*.git", "team/app.git", true), ("team/*.git", "team/app", false),
    ("**/app.git", "a/b/app.git", true), ("**/app.git", "app.git", false),
    ("a/**/z", "a/b/c/z", true), ("a/**/z", "a/z", false), ("a*b*c", "axxbyyc", true),
    ("a*b*c", "axxbyy", false), ("*a*", "bab", true),
  ])
  func matches(_ pattern: String, _ name: String, _ expected: Bool) throws {
    let pattern = try RepositoryPattern(pattern)
    #expect(pattern.matches(try RepositoryName(name)) == expected, "\(pattern) on \(name)")
  }

  @Test(arguments: [
    "", "/", "/team/*", "team/", "team//x", "../*", "team/..", "-x/*", "a**", "**b", "***", "a/***",
    "te am", "[a]", "a?", "!team/x", ".git/*", "ünï",
  ])
  func refusesPattern(_ text: String) {
    #expect(throws: InvalidPattern.self) { try RepositoryPattern(text) }
  }

  /// Against the plainest matcher there is.
  @Test func agreesWithRecursion() throws {
    func glob(_ p: Substring, _ t: Substring) -> Bool {
      guard let first = p.first else { return t.isEmpty }
      if first == "*" {
        return glob(p.dropFirst(), t) || (!t.isEmpty && glob(p, t.dropFirst()))
      }
      return t.first == first && glob(p.dropFirst(), t.dropFirst())
    }
    func segments(_ p: ArraySlice<Substring>, _ t: ArraySlice<Substring>) -> Bool {
      guard let first = p.first else { return t.isEmpty }
      guard let head = t.first else { return false }
      if first == "**" {
        return segments(p.dropFirst(), t.dropFirst()) || segments(p, t.dropFirst())
      }
      return glob(first, head) && segments(p.dropFirst(), t.dropFirst())
    }
    var generator = SeededGenerator(seed: 9)
    func text(_ alphabet: [String]) -> String {
      (0..<Int.random(in: 1...4, using: &generator)).map { _ in
        (0..<Int.random(in: 1...4, using: &generator)).map { _ in
          alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
        }.joined()
      }.joined(separator: "/")
    }
    var compared = 0
    for _ in 0..<50_000 {
      guard let pattern = try? RepositoryPattern(text(["a", "b", "*", "**"])) else { continue }
      let name = try RepositoryName(text(["a", "b"]))
      compared += 1
      #expect(
        pattern.matches(name)
          == segments(pattern.text.split(separator: "/")[...], name.segments[...]),
        "\(pattern) on \(name)")
    }
    #expect(compared > 10_000)
  }

  /// Stars must not cost exponential time.
  @Test(.timeLimit(.minutes(1))) func manyStars() throws {
    let stars = String(repeating: "*a", count: 60) + "*b"
    let pattern = try RepositoryPattern(Array(repeating: stars, count: 4).joined(separator: "/"))
    let segment = String(repeating: "a", count: 120)
    let name = try RepositoryName(Array(repeating: segment, count: 4).joined(separator: "/"))
    for _ in 0..<100 { #expect(!pattern.matches(name)) }
  }
}
