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
    /// Connections at once.
    package var connections = 64

    package init() {}
  }

  /// Runs `body` with an upstream and closes its connections afterwards.
  ///
  /// - Parameter caFile: PEM; the only roots that are trusted. Nil trusts the system's.
  /// - Throws: ``UpstreamConfigurationError`` where the file holds no certificate.
  package static func withUpstream<Result: Sendable>(
    url: UpstreamURL, caFile: String?, credentials: (any CredentialSource)?,
    limits: Limits = Limits(), _ body: (HTTPSUpstream) async throws -> Result
  ) async throws -> Result {
    let client = HTTPClient(
      eventLoopGroupProvider: .singleton,
      configuration: try configuration(caFile: caFile, limits: limits))
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
    caFile: String?, limits: Limits
  ) throws -> HTTPClient.Configuration {
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.minimumTLSVersion = .tlsv12
    if let caFile {
      let roots: [NIOSSLCertificate]
      do {
        roots = try NIOSSLCertificate.fromPEMFile(caFile)
      } catch {
        throw UpstreamConfigurationError("cannot read certificates from \(caFile): \(error)")
      }
      guard !roots.isEmpty else {
        throw UpstreamConfigurationError("\(caFile) holds no certificate")
      }
      tls.trustRoots = .certificates(roots)
    }
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

/// An upstream that cannot be used as configured.
package struct UpstreamConfigurationError: Error, Hashable, CustomStringConvertible {
  package let description: String
  package init(_ description: String) { self.description = description }
}
