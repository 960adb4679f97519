import Glibc
package import SallyportIdentity

/// Where the enrollment token comes from. Never the command line, which every user of the machine
/// can read.
package enum TokenSource: Sendable, Hashable {
  case file(String)
  case standardInput

  /// Bytes; a token has 88.
  private static let maximumSize = 4_096

  /// Reads the token. Blocks; call it once, at the start of the process.
  ///
  /// - Throws: ``SessionError/Code/token``. The text is not repeated.
  package func read() throws(SessionError) -> EnrollmentToken {
    let text: String
    switch self {
    case .file(let path):
      do {
        text = String(decoding: try DurableFile.read(path), as: UTF8.self)
      } catch {
        throw SessionError(.token, "cannot read the enrollment token: \(error.message)")
      }
    case .standardInput:
      text = try Self.readToEnd(STDIN_FILENO)
    }
    do {
      return try EnrollmentToken(parsing: text)
    } catch {
      throw SessionError(.token, "\(self): \(error.message)")
    }
  }

  /// Reads at most ``maximumSize`` bytes and a little, which is then no token.
  static func readToEnd(_ descriptor: Int32) throws(SessionError) -> String {
    var contents: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: maximumSize)
    while contents.count <= maximumSize {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else {
        throw SessionError(
          .token, "cannot read standard input: \(String(cString: strerror(errno)))")
      }
      guard count > 0 else { break }
      contents.append(contentsOf: buffer[..<count])
    }
    return String(decoding: contents, as: UTF8.self)
  }
}

extension TokenSource: CustomStringConvertible {
  package var description: String {
    switch self {
    case .file(let path): "token file \(path)"
    case .standardInput: "standard input"
    }
  }
}
