import FoundationEssentials
import SallyportGitProtocol
import Subprocess
import SystemPackage

/// A real repository in a directory of its own, and `git upload-pack` on it.
///
/// `main` has three commits, annotated tag `v1` and plain tag `light`. `secret` has three commits
/// that `main` does not reach, annotated tag `hidden` and `refs/pull/1/head`.
struct GitFixture: Sendable {
  let directory: String
  let format: ObjectFormat
  let ids: [String: ObjectID]

  static func with<Value>(
    _ format: ObjectFormat = .sha1, _ body: (GitFixture) async throws -> Value
  ) async throws -> Value {
    let directory = FileManager.default.temporaryDirectory
      .appending(path: "sallyport-git-protocol-\(UInt32.random(in: .min ... .max))").path
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    do {
      let names = try await sh(
        """
        git init -q -b main --object-format="$1" .
        for n in 1 2 3; do echo "content $n" > file; git add file; git commit -q -m "Main $n"; done
        git tag -a -m "Version 1" v1 main~1; git tag light main~2
        git checkout -q --orphan secret
        for n in 1 2 3; do echo "secret $n" > hidden; git add hidden; git commit -q -m "S $n"; done
        git tag -a -m Hidden hidden; git update-ref refs/pull/1/head secret~1
        git checkout -q main
        for name in main main~1 main~2 secret secret~1 secret~2 v1 hidden secret:hidden; do
          echo "$name $(git rev-parse $name)"; done
        """, [format.rawValue], directory)
      var ids: [String: ObjectID] = [:]
      for line in names.split(separator: "\n") {
        let words = line.split(separator: " ")
        ids[String(words[0])] = ObjectID(words[1])
      }
      let value = try await body(
        GitFixture(directory: directory, format: format, ids: ids))
      try? FileManager.default.removeItem(atPath: directory)
      return value
    } catch {
      try? FileManager.default.removeItem(atPath: directory)
      throw error
    }
  }

  subscript(_ name: String) -> ObjectID { ids[name] ?? .zero(format) }

  @discardableResult
  func shell(_ script: String, _ arguments: String...) async throws -> String {
    try await Self.sh(script, arguments, directory)
  }

  /// What a server answers to `info/refs`.
  func advertisement(_ version: ProtocolVersion, service: Bool = true) async throws -> [UInt8] {
    let answer = try await uploadPack([], version, "--http-backend-info-refs")
    return (service ? Array("001e# service=git-upload-pack\n0000".utf8) : []) + answer
  }

  func uploadPack(
    _ input: [UInt8], _ version: ProtocolVersion, _ options: String...
  ) async throws -> [UInt8] {
    let result = try await run(
      .name("git"), arguments: Arguments(["upload-pack", "--stateless-rpc"] + options + ["."]),
      environment: Self.environment(["GIT_PROTOCOL": "version=\(version.rawValue)"]),
      workingDirectory: .init(directory), input: .array(input), output: .bytes(limit: 16 << 20),
      error: .string(limit: 65_536))
    return result.standardOutput
  }

  /// The objects in the pack of an answer whose pack is multiplexed.
  func objects(in answer: [UInt8]) async throws -> Set<String> {
    var pack: [UInt8] = []
    var parser = PktLineParser()
    parser.supply(answer[...])
    while let line = try parser.next() {
      if case .data(let data) = line, data.first == 1 { pack += data.dropFirst() }
    }
    guard !pack.isEmpty else { return [] }
    let result = try await run(
      .name("sh"),
      arguments: [
        "-euc",
        """
        git init -q --bare --object-format="$1" received
        git -C received unpack-objects -q
        git -C received cat-file --batch-check='%(objectname)' --batch-all-objects
        rm -rf received
        """, "sh", format.rawValue,
      ],
      environment: Self.environment([:]), workingDirectory: .init(directory), input: .array(pack),
      output: .string(limit: 1 << 20), error: .string(limit: 65_536))
    return Set(result.standardOutput.split(separator: "\n").map(String.init))
  }

  private static func sh(
    _ script: String, _ arguments: [String], _ directory: String
  ) async throws -> String {
    let result = try await run(
      .name("sh"), arguments: Arguments(["-euc", script, "sh"] + arguments),
      environment: environment([:]), workingDirectory: .init(directory),
      output: .string(limit: 1 << 20), error: .string(limit: 65_536))
    guard result.terminationStatus.isSuccess else {
      throw FixtureError(description: "\(script): \(result.standardError)")
    }
    return result.standardOutput
  }

  private static func environment(_ more: [Environment.Key: String]) -> Environment {
    .inherit.updating(
      [
        "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "C",
        "GIT_COMMITTER_EMAIL": "c@example.org", "GIT_DIR": nil,
      ].merging(more.mapValues { Optional($0) }) { $1 })
  }
}

struct FixtureError: Error, CustomStringConvertible {
  let description: String
}
