/// One or more certificates in a PEM file.
package enum CertificateFile {
  /// - Returns: DER, at least one.
  /// - Throws: ``IdentityError``, naming the file.
  package static func load(_ path: String) throws(IdentityError) -> [[UInt8]] {
    let bytes = try DurableFile.read(path)
    do {
      let chain = try CertificatePEM.decode(String(decoding: bytes, as: UTF8.self))
      for der in chain { _ = try LeafCertificate(der: der) }
      return chain
    } catch {
      throw IdentityError(error.code, "\(path): \(error.message)", cause: error.cause)
    }
  }

  package static func replace(_ path: String, chain: [[UInt8]]) throws(IdentityError) {
    try DurableFile.replace(
      path, contents: Array(CertificatePEM.encode(chain).utf8), mode: .readableByAll)
  }
}
