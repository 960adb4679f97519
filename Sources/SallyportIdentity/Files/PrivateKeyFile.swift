import SallyportCore

/// A private key in a PEM file that only its owner can read.
package enum PrivateKeyFile {
  /// Makes a key and writes it; never overwrites one.
  ///
  /// - Throws: ``IdentityError/Code/fileExists`` or ``IdentityError/Code/fileSystem``.
  package static func create(_ path: String) throws(IdentityError) -> SigningKey {
    let key = SigningKey.generate()
    try save(key, at: path)
    return key
  }

  /// - Throws: ``IdentityError/Code/unsafeFile`` where group or others may access the file: the
  ///   message names the file, its mode and the command that repairs it.
  package static func load(_ path: String) throws(IdentityError) -> SigningKey {
    let bytes = try DurableFile.read(path, isSecret: true)
    do {
      return try SigningKey(pem: String(decoding: bytes, as: UTF8.self))
    } catch {
      throw IdentityError(error.code, "\(path): \(error.message)")
    }
  }

  /// Loads the key, or makes one where there is none: what a retried enrollment needs.
  package static func loadOrCreate(_ path: String) throws(IdentityError) -> SigningKey {
    do {
      return try load(path)
    } catch  where error.code == .missingFile {
      return try create(path)
    }
  }

  static func save(_ key: SigningKey, at path: String) throws(IdentityError) {
    let contents = key.pemRepresentation.withValue { Array($0.utf8) }
    try DurableFile.create(path, contents: contents, mode: .ownerOnly)
  }
}
