internal import AsyncHTTPClient
internal import NIOCore
internal import NIOSSL

/// The connections to one HTTPS upstream.
package enum HTTPSUpstreamClient {
  /// What a request to the origin may take.
  package struct Limits: Sendable, Hashable {
    /// From connecting to the end of the TLS handshake.
    package var connect: Duration = .seconds(10)
    /// Without a byte from the origin, before and within the response.
    package var idle: Duration = .seconds(120)
    /// Connections at once: as many as there may be requests, so that none waits for another.
    package var connections = 64

    package init() {}
  }

  /// Runs `body` with an upstream and closes its connections afterwards.
  ///
  /// - Parameter roots: The only ones that are trusted. Nil trusts the system's.
  package static func withUpstream<Result: Sendable>(
    url: UpstreamURL, roots: UpstreamRoots?, credentials: (any CredentialSource)?,
    limits: Limits = Limits(), _ body: (HTTPSUpstream) async throws -> Result
  ) async throws -> Result {
    let client = HTTPClient(
      eventLoopGroupProvider: .singleton,
      configuration: configuration(roots: roots, limits: limits))
    do {
      let result = try await body(
        HTTPSUpstream(url: url, credentials: credentials, client: client))
      try await client.shutdown()
      return result
    } catch {
      // What went wrong first counts.
      try? await client.shutdown()
      throw error
    }
  }

  private static func configuration(
    roots: UpstreamRoots?, limits: Limits
  ) -> HTTPClient.Configuration {
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.minimumTLSVersion = .tlsv12
    if let roots { tls.trustRoots = .certificates(roots.certificates) }
    var configuration = HTTPClient.Configuration(
      tlsConfiguration: tls, redirectConfiguration: .disallow,
      timeout: .init(
        connect: TimeAmount(limits.connect), read: TimeAmount(limits.idle),
        write: TimeAmount(limits.idle)),
      connectionPool: .init(
        idleTimeout: .seconds(30),
        concurrentHTTP1ConnectionsPerHostSoftLimit: limits.connections),
      proxy: nil, decompression: .disabled)
    // A connection that cannot be made is the worker's to try again, with its backoff.
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.httpVersion = .http1Only
    return configuration
  }
}
