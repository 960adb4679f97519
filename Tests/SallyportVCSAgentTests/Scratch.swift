import FoundationEssentials
import Subprocess

/// A directory of its own for one test.
struct Scratch: Sendable {
  let directory: String

  static func with<Value>(_ body: (Scratch) async throws -> Value) async throws -> Value {
    let directory = FileManager.default.temporaryDirectory
      .appending(path: "sallyport-vcs-\(UInt32.random(in: .min ... .max))").path
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    do {
      let value = try await body(Scratch(directory: directory))
      try? FileManager.default.removeItem(atPath: directory)
      return value
    } catch {
      try? FileManager.default.removeItem(atPath: directory)
      throw error
    }
  }

  func path(_ name: String) -> String { "\(directory)/\(name)" }

  @discardableResult
  func write(_ name: String, _ content: String, mode: Int = 0o600) throws -> String {
    let url = URL(filePath: path(name))
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(content.utf8).write(to: url)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: url.path)
    return url.path
  }

  func read(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(filePath: path(name))), as: UTF8.self)
  }

  @discardableResult
  func shell(_ script: String, _ arguments: String...) async throws -> String {
    let result = try await run(
      .name("sh"),
      arguments: Arguments(["-euc", "cd \"$1\"; shift; " + script, "sh", directory] + arguments),
      environment: .inherit.updating([
        "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "C",
        "GIT_COMMITTER_EMAIL": "c@example.org",
      ]),
      output: .string(limit: 1 << 20),
      error: .string(limit: 1 << 20))
    guard result.terminationStatus.isSuccess else {
      throw ScratchError(description: "\(script): \(result.standardError)")
    }
    return result.standardOutput
  }

  /// A bare repository `repositories/team/app.git` with a few commits.
  /// - Returns: The id of its `main`.
  func makeRepository(noise: Int = 0) async throws -> String {
    let id = try await shell(
      """
      git init -q -b main work
      for n in 1 2 3; do echo "content $n" > "work/file-$n"; git -C work add -A
        git -C work commit -q -m "Commit $n"; done
      if [ "$1" -gt 0 ]; then head -c "$1" /dev/urandom > work/noise
        git -C work add -A; git -C work commit -q -m Noise; fi
      mkdir -p repositories/team
      git clone -q --bare work repositories/team/app.git
      git -C work rev-parse HEAD
      """, "\(noise)")
    return String(id.prefix(40))
  }

  /// `ca.pem`, and `certificate.pem` with `key.pem` for localhost.
  func makeCertificates() async throws {
    try await shell(
      """
      openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
        -keyout ca-key.pem -out ca.pem -subj "/CN=On-prem Git CA" \
        -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign"
      openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem \
        -out request.pem -subj "/CN=localhost"
      printf 'subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n' > extensions
      openssl x509 -req -in request.pem -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 2 \
        -out certificate.pem -extfile extensions
      """)
  }
}

struct ScratchError: Error, CustomStringConvertible {
  let description: String
}

extension Scratch {
  func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: path(name))))
  }
}
