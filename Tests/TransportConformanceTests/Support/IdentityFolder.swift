import FoundationEssentials
import SallyportTestSupport
import SallyportTransportTestSupport

/// The certificates of a test as files, for programs that want files; gone with the object.
final class IdentityFolder: Sendable {
  let path: String

  init(_ identities: TestIdentities) throws {
    path = FileManager.default.temporaryDirectory.path + "/sallyport-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: false,
      attributes: [.posixPermissions: 0o700])
    try write(identities.pki.rootPEM + "\n", "root.pem")
    try write(identities.server.certificatePEM, "server.pem")
    try write(identities.server.privateKeyPEM, "server.key")
    try write(identities.client.certificatePEM, "client.pem")
    try write(identities.client.privateKeyPEM, "client.key")
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// - Returns: The file's path.
  @discardableResult
  func write(_ text: String, _ name: String) throws -> String {
    try Data(text.utf8).write(to: URL(filePath: "\(path)/\(name)"))
    return "\(path)/\(name)"
  }
}
