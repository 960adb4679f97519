internal import FoundationEssentials
package import SallyportCore

/// A user name and a password or token for a Git server.
package struct GitCredential: Sendable {
  package let username: String
  package let password: Secret<String>

  /// - Throws: ``RequestRefusal`` where a value cannot travel in HTTP basic authentication
  ///   (RFC 7617) or in the credential protocol.
  package init(username: String, password: String) throws(RequestRefusal) {
    guard Self.isUsable(username), !username.utf8.contains(UInt8(ascii: ":")),
      Self.isUsable(password), !password.isEmpty
    else {
      throw RequestRefusal(
        .credential, "user name or password is empty, too long or has control characters")
    }
    self.username = username
    self.password = Secret(password)
  }

  /// The value of the `Authorization` header field.
  package var basicAuthorization: String {
    password.withValue { "Basic \(Data("\(username):\($0)".utf8).base64EncodedString())" }
  }

  private static func isUsable(_ text: String) -> Bool {
    text.utf8.count <= 4_096 && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
  }
}

/// Knows the credential of an upstream.
package protocol CredentialSource: Sendable {
  /// - Throws: ``RequestRefusal`` with the reason `credential`.
  func credential(for url: UpstreamURL) async throws -> GitCredential
  /// The server did not accept the last credential.
  func refused() async
}
