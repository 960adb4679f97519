import HTTPTypes
import NIOCore
import SallyportRelay

/// Shows a signed job to the VCS agent at the far end of a sealed channel, before the first fetch.
struct GrantPresentation {
  /// Bytes of the agent's explanation.
  private static let maximumExplanation = 512

  let channel: any SealedChannel

  /// - Throws: ``AttemptFailure`` where the agent does not accept the grant.
  func present(_ envelope: [UInt8]) async throws {
    var head = HTTPRequest(
      method: .put, scheme: "https", authority: "git.sallyport", path: "/.sallyport/grant")
    head.headerFields[.contentType] = "application/vnd.dsse.envelope.v1+json"
    head.headerFields[.contentLength] = String(envelope.count)
    try await channel.withExchange(
      head, requestBody: SinglePiece(ByteBuffer(bytes: envelope))
    ) { response, body in
      guard response.status.code != 204 else { return }
      var text: [UInt8] = []
      for try await piece in body {
        text += piece.readableBytesView.prefix(Self.maximumExplanation - text.count)
        if text.count == Self.maximumExplanation { break }
      }
      throw AttemptFailure(
        "the VCS agent does not accept the job's grant (\(response.status.code)): "
          + oneLine(String(decoding: text.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)))
    }
  }
}
