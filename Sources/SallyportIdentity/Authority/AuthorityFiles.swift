/// A CA's key and certificate on disk.
enum AuthorityFiles {
  static func load(
    keyPath: String, certificatePath: String
  ) throws(IdentityError) -> CertificateAuthority {
    let key = try PrivateKeyFile.load(keyPath)
    let chain = try CertificateFile.load(certificatePath)
    do {
      return try CertificateAuthority(key: key, der: chain[0])
    } catch {
      throw IdentityError(
        error.code, "\(certificatePath) with key \(keyPath): \(error.message)", cause: error.cause)
    }
  }

  static func save(
    _ authority: CertificateAuthority, keyPath: String, certificatePath: String
  ) throws(IdentityError) {
    try PrivateKeyFile.save(authority.key, at: keyPath)
    try DurableFile.create(
      certificatePath, contents: Array(CertificatePEM.encode([authority.der]).utf8),
      mode: .readableByAll)
  }
}
