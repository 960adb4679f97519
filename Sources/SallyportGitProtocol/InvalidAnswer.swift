/// A Git server's answer that is not passed on: it is malformed, too large, or an error.
///
/// Nothing of it that was not checked has been given out. Where a part has, the answer must be cut
/// off, and not look finished.
package struct InvalidAnswer: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Code: String, Hashable, Sendable {
    case malformed
    /// More bytes than an advertisement may have.
    case tooLarge = "too-large"
    /// More objects on allowed refs than ``ShownObjects`` may hold.
    case tooManyObjects = "too-many-objects"
    /// The server said that something is wrong (`ERR`).
    case serverError = "server-error"
    /// A section that was not asked for, as `packfile-uris`, which sends the client elsewhere.
    case unexpectedSection = "unexpected-section"
  }

  package let code: Code
  /// For the log of the customer's own agent: may repeat what the server said.
  package let detail: String

  package init(_ code: Code, _ detail: String = "") {
    self.code = code
    self.detail = detail
  }

  init(_ error: PktLineError) { self.init(.malformed, error.description) }

  /// One line for the person who runs Git.
  package var message: String {
    switch code {
    case .malformed, .unexpectedSection:
      "the Git server's answer is not one that the VCS agent passes on; see the agent's log"
    case .tooLarge, .tooManyObjects:
      "the Git server lists more refs than the VCS agent passes on; see the agent's log"
    case .serverError: "the Git server reported an error; see the VCS agent's log"
    }
  }

  package var description: String {
    detail.isEmpty ? code.rawValue : "\(code.rawValue): \(detail)"
  }

  /// What a server said, fit for a log: bounded and printable.
  static func quoting(_ bytes: ArraySlice<UInt8>) -> String {
    String(
      decoding: bytes.prefix(200).map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") },
      as: UTF8.self)
  }
}
