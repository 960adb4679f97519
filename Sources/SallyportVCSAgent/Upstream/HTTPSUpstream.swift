internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL
internal import SallyportCore
package import SallyportRelay

/// A Git server behind HTTPS.
///
/// The URL is composed here from the configured address and the checked repository name. Redirects
/// are never followed, proxies of the environment never used, and no header field passes in either
/// direction but those named here.
package struct HTTPSUpstream: Upstream {
  private let url: UpstreamURL
  private let credentials: (any CredentialSource)?
  private let client: HTTPClient

  init(url: UpstreamURL, credentials: (any CredentialSource)?, client: HTTPClient) {
    self.url = url
    self.credentials = credentials
    self.client = client
  }

  package func serve(
    _ request: UpstreamRequest, body: CheckedBody, response: any SealedResponder
  ) async throws {
    let outgoing = try await makeRequest(request, body: body)
    let incoming: HTTPClientResponse
    do {
      incoming = try await client.execute(outgoing, deadline: .distantFuture)
    } catch {
      throw Self.refusal(for: error)
    }
    try await check(incoming, for: request.path.resource)
    try await response.start(GitResponseHead.make(for: request.path.resource))
    var pieces = incoming.body.makeAsyncIterator()
    while true {
      let piece: ByteBuffer?
      // Also where the body ends before its announced end.
      do { piece = try await pieces.next() } catch { throw Self.refusal(for: error) }
      guard let piece else { return }
      try await response.write(piece)
    }
  }

  private func makeRequest(
    _ request: UpstreamRequest, body: CheckedBody
  ) async throws -> HTTPClientRequest {
    var outgoing = HTTPClientRequest(url: "\(url)\(request.path.text)")
    // Some servers serve Git's protocol only to what calls itself Git.
    outgoing.headers.add(
      name: "user-agent", value: "git/2 sallyport-vcs-agent/\(SallyportVersion.current)")
    outgoing.headers.add(name: "accept-encoding", value: "identity")
    if let version = request.versionParameter {
      outgoing.headers.add(name: "git-protocol", value: version)
    }
    if let credential = try await credentials?.credential(for: url) {
      outgoing.headers.add(name: "authorization", value: credential.basicAuthorization)
    }
    switch request.path.resource {
    case .advertisement:
      outgoing.method = .GET
      outgoing.headers.add(name: "accept", value: "*/*")
    case .uploadPack:
      outgoing.method = .POST
      outgoing.headers.add(name: "content-type", value: GitRequest.requestType)
      outgoing.headers.add(
        name: "accept", value: GitResponseHead.contentType(of: .uploadPack))
      outgoing.body = .stream(
        body, length: request.bodyLength.map { .known(Int64($0)) } ?? .unknown)
    }
    return outgoing
  }

  private func check(
    _ response: HTTPClientResponse, for resource: RepositoryPath.Resource
  ) async throws(RequestRefusal) {
    switch response.status.code {
    case 200: break
    case 300..<400: throw RequestRefusal(.upstreamRedirect, "status \(response.status.code)")
    case 401, 403, 407:
      await credentials?.refused()
      throw RequestRefusal(.upstreamDenied, "status \(response.status.code)")
    case 404, 410: throw RequestRefusal(.notFound, "status \(response.status.code)")
    case 408, 504: throw RequestRefusal(.upstreamTimeout, "status \(response.status.code)")
    default: throw RequestRefusal(.upstreamInvalid, "status \(response.status.code)")
    }
    guard response.headers.first(name: "content-type") == GitResponseHead.contentType(of: resource)
    else { throw RequestRefusal(.upstreamInvalid, "another content type") }
    guard response.headers["content-encoding"].allSatisfy({ $0 == "identity" }) else {
      throw RequestRefusal(.upstreamInvalid, "an encoded body that was not asked for")
    }
  }

  /// Names the failure without repeating what the server said.
  private static func refusal(for error: any Error) -> any Error {
    switch error {
    case is CancellationError, is RequestRefusal: return error
    case let error as HTTPClientError
    where [.connectTimeout, .readTimeout, .tlsHandshakeTimeout, .deadlineExceeded].contains(error):
      return RequestRefusal(.upstreamTimeout, error.shortDescription)
    case let error as HTTPClientError where error == .getConnectionFromPoolTimeout:
      return RequestRefusal(.busy, error.shortDescription)
    case let error as HTTPClientError where error == .cancelled: return CancellationError()
    case let error as HTTPClientError:
      return RequestRefusal(.upstreamUnreachable, error.shortDescription)
    default: return RequestRefusal(.upstreamUnreachable, "\(error)")
    }
  }
}
