import FoundationEssentials
import Glibc
import SallyportTestSupport
import Testing

/// A customer with a secrets file, in a folder that no worker, job or gateway of the stack has below
/// its own.
struct SecretsCustomer: Sendable {
  let folder: String

  static let resources = "\(Executables.packageRoot)/Tests/EndToEndTests/Resources"

  /// Makes a folder, and removes it after `body`.
  static func with(_ body: (SecretsCustomer) async throws -> Void) async throws {
    try await TemporaryFolder.with { try await body(SecretsCustomer(folder: $0)) }
  }

  /// A file of mode 0600.
  @discardableResult
  func write(_ text: String, to name: String) throws -> String {
    let path = "\(folder)/\(name)"
    try Data(text.utf8).write(to: URL(filePath: path))
    try #require(chmod(path, 0o600) == 0)
    return path
  }

  /// - Parameter list: The entries of the secrets file, as YAML.
  /// - Returns: Variables with which a stack's workers use it.
  func secrets(_ list: String) throws -> [String: String] {
    let file = try write("version: 1\nsecrets:\n\(list)\n", to: "secrets.yaml")
    return ["SALLYPORT_WORKER_SECRETS_FILE": file]
  }

  /// Runs a server on loopback that is written in Python.
  ///
  /// - Parameters:
  ///   - script: Of ``resources``; says its port first.
  ///   - python: An interpreter with what the script needs.
  func serving(
    _ script: String, _ arguments: [String], python: String = "/usr/bin/python3",
    _ body: (_ port: String) async throws -> Void
  ) async throws {
    try await LineServer.with(python, ["\(Self.resources)/\(script)"] + arguments) { port, _ in
      try await body(port)
    }
  }

  /// A Python that has the command line of AWS and moto.
  static let aws = PythonPackage(
    "moto", version: "5.2.5", with: ["moto[server]", "awscli==1.46.3"],
    check: "import awscli, moto, moto.server; assert moto.__version__ == '5.2.5'")
}
