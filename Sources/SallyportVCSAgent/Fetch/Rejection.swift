internal import HTTPTypes
internal import SallyportGitProtocol

/// What a worker is told in the place of an answer, or of the rest of one, so that Git shows it to the
/// person.
///
/// Git shows the text of an answer to `info/refs` that is not 200. To `git-upload-pack` it shows
/// only what comes as Git's own protocol, in an answer that is 200.
struct Rejection {
  /// Nil: the answer has begun, and goes on with the body.
  let head: HTTPResponse?
  let body: [UInt8]

  /// - Parameters:
  ///   - resource: Nil where the request was not understood.
  ///   - hasBegun: Whether some of an answer has been given out.
  ///   - isMultiplexed: Whether the answer is in bands.
  /// - Returns: Nil where nothing can be told: the stream has to be reset.
  init?(
    _ error: any Error, for resource: RepositoryPath.Resource?, hasBegun: Bool,
    isMultiplexed: Bool
  ) {
    switch error {
    case let refusal as RequestRefusal where !hasBegun:
      head = Self.plainText(refusal.status)
      body = Array((refusal.message + "\n").utf8)
    case let refusal as FetchRefusal where !hasBegun:
      head = GitResponseHead.make(for: .uploadPack)
      body = refusal.answer
    case let invalid as InvalidAnswer where resource == .advertisement && !hasBegun:
      head = Self.plainText(502)
      body = Array((invalid.message + "\n").utf8)
    case let invalid as InvalidAnswer:
      head = hasBegun ? nil : GitResponseHead.make(for: resource ?? .uploadPack)
      var writer = PktLineWriter()
      if isMultiplexed {
        writer.data([Self.errorBand] + Array(invalid.message.utf8))
      } else {
        writer.error(invalid.message)
      }
      body = writer.take()
    default: return nil
    }
  }

  /// Band 3 ends a conversation (gitprotocol-pack(5)).
  private static let errorBand: UInt8 = 3

  private static func plainText(_ status: Int) -> HTTPResponse {
    HTTPResponse(
      status: HTTPResponse.Status(code: status),
      headerFields: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"])
  }
}
