import FoundationEssentials
import Subprocess

@testable import SallyportGit

/// A directory of its own for one test, with real repositories made by the git command.
struct GitFixture: Sendable {
  let directory: String

  static func with<Value>(_ body: (GitFixture) async throws -> Value) async throws -> Value {
    let directory = FileManager.default.temporaryDirectory
      .appending(path: "sallyport-git-\(UInt64.random(in: .min ... .max))").path
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    do {
      let value = try await body(GitFixture(directory: directory))
      try? FileManager.default.removeItem(atPath: directory)
      return value
    } catch {
      try? FileManager.default.removeItem(atPath: directory)
      throw error
    }
  }

  var work: String { "\(directory)/work" }
  var bare: String { "\(directory)/origin.git" }
  var cache: String { "\(directory)/cache" }

  func workspace(_ name: String = "workspace") -> String { "\(directory)/\(name)" }

  /// Runs git without anybody's configuration.
  @discardableResult
  func git(_ arguments: String..., input: String = "", allowFailure: Bool = false) async throws
    -> String
  {
    let result = try await run(
      .name("git"), arguments: Arguments(arguments),
      environment: .inherit.updating([
        "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C",
        "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "C",
        "GIT_COMMITTER_EMAIL": "c@example.org",
      ]),
      input: .inputWriter, output: .string(limit: 16 << 20), error: .string(limit: 1 << 20)
    ) { execution in
      _ = try? await execution.standardInputWriter.write(Array(input.utf8))
      try await execution.standardInputWriter.finish()
    }
    if !allowFailure, !result.terminationStatus.isSuccess {
      throw FixtureError(
        message: "git \(arguments) failed: \(result.standardError)")
    }
    return result.standardOutput.trimmingSuffix { $0.isNewline }
  }

  /// A repository with some files and commits, and a bare one that serves it.
  func makeOrigin(commits: Int = 3) async throws {
    try await git("init", "-q", "-b", "main", work)
    for number in 1...commits { try await commit("file-\(number).txt", "content \(number)\n") }
    try await git("clone", "-q", "--bare", work, bare)
  }

  /// Adds a commit to `main` of the work repository.
  func commit(_ file: String, _ content: String) async throws {
    try write("\(work)/\(file)", content)
    try await git("-C", work, "add", "--all")
    try await git("-C", work, "commit", "-q", "-m", "Change \(file)")
  }

  /// Publishes every branch and tag of the work repository.
  func push() async throws {
    try await git("-C", work, "push", "-q", "--force", "--mirror", bare)
  }

  func head(_ revision: String = "HEAD") async throws -> String {
    try await git("-C", work, "rev-parse", revision)
  }

  func write(_ path: String, _ content: String) throws {
    let url = URL(filePath: path)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(content.utf8).write(to: url)
  }

  func read(_ path: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
  }

  func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  /// What real Git says of a workspace: an empty list where all is well.
  func complaints(about workspace: String, commit: String) async throws -> [String] {
    var complaints: [String] = []
    let status = try await git(
      "-C", workspace, "status", "--porcelain=v1", "--ignored", "--untracked-files=all")
    if !status.isEmpty { complaints.append("status: \(status)") }
    let head = try await git("-C", workspace, "rev-parse", "HEAD")
    if head != commit { complaints.append("HEAD is \(head)") }
    let symbolic = try await git(
      "-C", workspace, "symbolic-ref", "-q", "HEAD", allowFailure: true)
    if !symbolic.isEmpty { complaints.append("HEAD is on \(symbolic)") }
    let check = try await git("-C", workspace, "fsck", "--full", "--strict", "--no-dangling")
    if !check.isEmpty { complaints.append("fsck: \(check)") }
    return complaints
  }
}

struct FixtureError: Error, CustomStringConvertible {
  let message: String
  var description: String { message }
}

extension String {
  fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> String {
    var text = self[...]
    while let last = text.last, predicate(last) { text.removeLast() }
    return String(text)
  }
}

extension GitFixture {
  func shell(_ script: String, _ arguments: String...) async throws -> String {
    let result = try await run(
      .name("sh"), arguments: Arguments(["-c", script, "sh"] + arguments),
      output: .string(limit: 16 << 20), error: .string(limit: 1 << 20))
    guard result.terminationStatus.isSuccess else {
      throw FixtureError(message: "\(script) failed: \(result.standardError)")
    }
    return result.standardOutput
  }
}
