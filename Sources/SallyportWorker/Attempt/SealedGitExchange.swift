import HTTPTypes
import NIOCore
import SallyportGit
import SallyportMetrics
import SallyportRelay

/// Carries a fetch's requests through a sealed channel, in Git's smart-HTTP form.
struct SealedGitExchange: GitSmartExchange {
  /// The VCS agent answers for repositories, whatever host they are on.
  private static let authority = "git.sallyport"
  /// Bytes handed on at a time.
  private static let pieceSize = 64 << 10
  /// Bytes of an explanation.
  private static let maximumExplanation = 256

  let channel: any SealedChannel
  var received = Counter()

  func perform(_ request: GitSmartRequest, response sink: GitResponseSink) async throws {
    try await channel.withExchange(head(of: request), requestBody: Self.body(of: request)) {
      response, body in
      try await check(response, body, of: request)
      for try await var piece in body {
        while let bytes = piece.readBytes(length: min(piece.readableBytes, Self.pieceSize)),
          !bytes.isEmpty
        {
          received.add(bytes.count)
          try await sink.write(bytes)
        }
      }
    }
  }

  private func head(of request: GitSmartRequest) -> HTTPRequest {
    var head: HTTPRequest
    switch request.operation {
    case .advertisement:
      head = HTTPRequest(
        method: .get, scheme: "https", authority: Self.authority,
        path: "/\(request.repository)/info/refs?service=git-upload-pack")
    case .uploadPack(let body):
      head = HTTPRequest(
        method: .post, scheme: "https", authority: Self.authority,
        path: "/\(request.repository)/git-upload-pack")
      head.headerFields[.contentType] = "application/x-git-upload-pack-request"
      head.headerFields[.contentLength] = String(body.count)
    }
    head.headerFields[.accept] = Self.contentType(of: request)
    return head
  }

  private static func body(of request: GitSmartRequest) -> SealedBody? {
    guard case .uploadPack(let bytes) = request.operation else { return nil }
    return SinglePiece(ByteBuffer(bytes: bytes))
  }

  private func check(
    _ response: HTTPResponse, _ body: SealedBody, of request: GitSmartRequest
  ) async throws {
    guard response.status != .notFound else {
      throw GitError(
        code: .repositoryUnavailable,
        message: "the VCS agent does not serve '\(request.repository)', or it does not exist")
    }
    guard response.status == .ok else {
      throw GitError(
        code: .exchangeFailed,
        message: "the VCS agent answered \(response.status.code) for '\(request.repository)'"
          + (await Self.explanation(in: body)),
        cause: response.status == .serviceUnavailable ? AgentBusy() : nil)
    }
    guard response.headerFields[.contentType] == Self.contentType(of: request) else {
      throw GitError(
        code: .protocolViolation,
        message: "the VCS agent's answer for '\(request.repository)' is not Git's smart HTTP")
    }
  }

  /// What an agent that does not serve a request says about it: its first line.
  private static func explanation(in body: SealedBody) async -> String {
    var text: [UInt8] = []
    do {
      for try await piece in body {
        text += piece.readableBytesView.prefix(maximumExplanation - text.count)
        if text.count == maximumExplanation || text.contains(UInt8(ascii: "\n")) { break }
      }
    } catch {
      // The status says enough.
    }
    let line = text.prefix { $0 != UInt8(ascii: "\n") }
    return line.isEmpty ? "" : ": " + oneLine(String(decoding: line, as: UTF8.self))
  }

  private static func contentType(of request: GitSmartRequest) -> String {
    switch request.operation {
    case .advertisement: "application/x-git-upload-pack-advertisement"
    case .uploadPack: "application/x-git-upload-pack-result"
    }
  }
}

/// The VCS agent serves as many requests as it may: worth another attempt.
struct AgentBusy: Error {}
