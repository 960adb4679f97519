internal import NIOSSL

/// The certificates that one HTTPS upstream's must come from.
package struct UpstreamRoots: Sendable {
  let certificates: [NIOSSLCertificate]

  /// Reads a PEM file. Blocks; for the start of the process.
  ///
  /// - Throws: ``UpstreamConfigurationError`` where the file cannot be read or holds no certificate.
  package init(file: String) throws(UpstreamConfigurationError) {
    do {
      certificates = try NIOSSLCertificate.fromPEMFile(file)
    } catch {
      throw UpstreamConfigurationError("\(file) cannot be read as certificates")
    }
    guard !certificates.isEmpty else {
      throw UpstreamConfigurationError("\(file) holds no certificate")
    }
  }
}

/// An upstream that cannot be used as configured.
package struct UpstreamConfigurationError: Error, Hashable, CustomStringConvertible {
  package let description: String
  package init(_ description: String) { self.description = description }
}
