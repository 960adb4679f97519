internal import SallyportCore
internal import SallyportIdentity

/// A credential in a file of two lines, user name and password, that only its owner can read.
///
/// Read for every request: a rotated password is used at once.
package struct FileCredential: CredentialSource {
  private static let queue = BlockingQueue(label: "sallyport.credential-files")
  private let path: String

  package init(path: String) { self.path = path }

  package func credential(for url: UpstreamURL) async throws -> GitCredential {
    let path = self.path
    return try await Self.queue.run { try Self.load(path) }
  }

  package func refused() async {}

  /// Blocks. Also called at start, so that a missing, unsafe or malformed file is found before the
  /// first request.
  @discardableResult
  package static func load(_ path: String) throws(RequestRefusal) -> GitCredential {
    let bytes: [UInt8]
    do {
      bytes = try DurableFile.read(path, isSecret: true)
    } catch {
      throw RequestRefusal(.credential, error.message)
    }
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .map { $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0 }
    guard lines.count >= 2, lines.dropFirst(2).allSatisfy(\.isEmpty) else {
      throw RequestRefusal(
        .credential, "\(path) must have two lines: a user name, and a password or token")
    }
    return try GitCredential(
      username: String(decoding: lines[0], as: UTF8.self),
      password: String(decoding: lines[1], as: UTF8.self))
  }
}
