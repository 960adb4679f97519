import SallyportCore

/// A key, a certificate and roots as PEM files in one directory.
///
/// Key and certificate are two files, and no file system renames two at once. A renewal therefore
/// writes the new key under a second name, renames the certificate into place, and only then the
/// key. A crash in between leaves a certificate whose key is under the second name; loading looks
/// there. At every moment exactly one whole pair can be loaded.
package struct CredentialFiles: Sendable, Hashable {
  package let keyPath: String
  package let certificatePath: String
  package let rootsPath: String

  /// - Parameter rootsName: The file of the roots: `gateway-ca.pem` or `root.pem`.
  package init(directory: String, rootsName: String = "ca.pem") {
    keyPath = "\(directory)/key.pem"
    certificatePath = "\(directory)/certificate.pem"
    rootsPath = "\(directory)/\(rootsName)"
  }

  var nextKeyPath: String { "\(keyPath).next" }

  /// Loads the pair. Never writes, so that it is safe beside a renewal.
  ///
  /// - Throws: ``IdentityError/Code/missingFile``, ``IdentityError/Code/unsafeFile``,
  ///   ``IdentityError/Code/keyMismatch`` and others, naming the file.
  package func load() throws(IdentityError) -> Credentials {
    // A renewal may replace both files between two reads; it does so hours apart, so that a
    // second try sees a whole pair.
    var last: IdentityError?
    for _ in 0..<3 {
      do {
        return try loadOnce()
      } catch  where error.code == .keyMismatch {
        last = error
      }
    }
    throw last ?? mismatch
  }

  /// Replaces key and certificate, and the roots where given.
  ///
  /// - Throws: ``IdentityError/Code/keyMismatch`` before anything is written where the two do not
  ///   belong together; otherwise ``IdentityError/Code/fileSystem``, with the old pair intact.
  package func replace(
    key: SigningKey, chain: [[UInt8]], roots: [[UInt8]]?
  ) throws(IdentityError) {
    try writeSteps(key: key, chain: chain, roots: roots) { (_) throws(IdentityError) in }
  }

  /// The steps of ``replace(key:chain:roots:)``, in the order that makes a crash harmless.
  ///
  /// - Parameter beforeStep: Called before each step; throwing stands for a crash there.
  func writeSteps(
    key: SigningKey, chain: [[UInt8]], roots: [[UInt8]]?,
    beforeStep: (SwapStep) throws(IdentityError) -> Void
  ) throws(IdentityError) {
    guard let leaf = chain.first, key.matches(certificate: leaf) else { throw mismatch }
    try beforeStep(.finishEarlierSwap)
    try finishEarlierSwap()
    try beforeStep(.nextKey)
    let pem = key.pemRepresentation.withValue { Array($0.utf8) }
    try DurableFile.replace(nextKeyPath, contents: pem, mode: .ownerOnly)
    if let roots {
      try beforeStep(.roots)
      try CertificateFile.replace(rootsPath, chain: roots)
    }
    try beforeStep(.certificate)
    try CertificateFile.replace(certificatePath, chain: chain)
    try beforeStep(.key)
    try DurableFile.move(nextKeyPath, to: keyPath)
  }

  enum SwapStep: CaseIterable { case finishEarlierSwap, nextKey, roots, certificate, key }

  /// Brings the second key to its place where a crash left it the only one that fits.
  private func finishEarlierSwap() throws(IdentityError) {
    guard DurableFile.exists(nextKeyPath), let chain = try? CertificateFile.load(certificatePath),
      let next = try? PrivateKeyFile.load(nextKeyPath), next.matches(certificate: chain[0])
    else { return }
    try DurableFile.move(nextKeyPath, to: keyPath)
  }

  private func loadOnce() throws(IdentityError) -> Credentials {
    let chain = try CertificateFile.load(certificatePath)
    let roots = try CertificateFile.load(rootsPath)
    let key = try PrivateKeyFile.load(keyPath)
    if key.matches(certificate: chain[0]) {
      return try Credentials(chain: chain, key: key, roots: roots)
    }
    let next: SigningKey
    do {
      next = try PrivateKeyFile.load(nextKeyPath)
    } catch  where error.code == .missingFile {
      throw mismatch
    }
    guard next.matches(certificate: chain[0]) else { throw mismatch }
    return try Credentials(chain: chain, key: next, roots: roots)
  }

  private var mismatch: IdentityError {
    IdentityError(
      .keyMismatch,
      "\(certificatePath) is not about the key in \(keyPath): restore the files or enroll again")
  }
}
