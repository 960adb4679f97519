/// A request that does not go to the Git server, and what its sender is told.
///
/// Messages repeat at most what the sender wrote. What does not exist and what may not be read have
/// the same words.
package struct FetchRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Code: String, Hashable, Sendable {
    /// Not a request of Git's protocol.
    case malformed
    case tooLarge = "too-large"
    /// Protocol version 2 has other commands than `ls-refs` and `fetch`.
    case command
    case capability
    /// An argument of `ls-refs` or `fetch`.
    case argument
    case object
    case ref
    /// A short name that may stand for more than one ref.
    case ambiguousRef = "ambiguous-ref"
    case filter
    /// `deepen-relative`, where only some refs may be read.
    case relativeDepth = "relative-depth"
  }

  package let code: Code
  /// What was refused, printable and bounded; for a log, and where it helps for the message.
  package let detail: String

  package init(_ code: Code, _ detail: String = "") {
    self.code = code
    self.detail = detail
  }

  init(_ error: PktLineError) { self.init(.malformed, error.description) }

  init(_ code: Code, quoting bytes: ArraySlice<UInt8>) {
    self.init(
      code,
      String(
        decoding: bytes.prefix(80).map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") },
        as: UTF8.self))
  }

  /// One line for the person who runs Git.
  package var message: String {
    switch code {
    case .malformed: "the VCS agent does not understand this request; is the client a Git client?"
    case .tooLarge: "the request is larger than the VCS agent passes on"
    case .command: "the VCS agent allows to list and to fetch refs, and nothing else"
    case .capability, .argument:
      "the VCS agent does not offer '\(detail)'; try without the option that asks for it"
    case .object:
      "object \(detail) is not available: it does not exist, or is not on a ref that may be fetched"
    case .ref: "ref '\(detail)' is not available: it does not exist, or may not be fetched"
    case .ambiguousRef: "'\(detail)' is ambiguous; give the ref's full name, as refs/tags/\(detail)"
    case .filter: "this --filter is not available here; use blob:none, blob:limit= or tree:"
    case .relativeDepth: "--deepen is not available here; use --depth or --unshallow"
    }
  }

  package var description: String {
    detail.isEmpty ? code.rawValue : "\(code.rawValue): \(detail)"
  }

  /// The message as the whole answer to a request (gitprotocol-pack(5), `ERR`): Git shows it as
  /// `fatal: remote error: …`.
  package var answer: [UInt8] {
    var writer = PktLineWriter()
    writer.error(message)
    return writer.take()
  }
}
