internal import Crypto
internal import FoundationEssentials
internal import Glibc
internal import SallyportBytes
internal import SallyportIdentity

extension LocalMasterKey {
  /// Reads a file that only its owner can read: 32 random bytes in Base64, as
  /// `openssl rand -base64 32` writes them.
  ///
  /// Blocks; do not call it on an event loop.
  ///
  /// - Throws: ``EncryptionError/Code/unusableMasterKey``.
  package init(file path: String) throws(EncryptionError) {
    var text: [UInt8]
    do {
      text = try DurableFile.read(path, isSecret: true)
    } catch {
      throw EncryptionError(.unusableMasterKey, "the master key: \(error.message)")
    }
    defer { text.wipe() }
    try self.init(text: text, source: path)
  }

  /// Reads a variable of the environment, of the same form as the file.
  ///
  /// - Throws: ``EncryptionError/Code/unusableMasterKey``.
  package init(variable name: String) throws(EncryptionError) {
    guard let value = getenv(name) else {
      throw EncryptionError(
        .unusableMasterKey, "the master key: the environment has no variable \(name)")
    }
    var text = Array(UnsafeRawBufferPointer(start: value, count: strlen(value)))
    defer { text.wipe() }
    try self.init(text: text, source: "variable \(name)")
  }

  /// Makes a key and writes it to a new file, durably.
  ///
  /// - Throws: ``EncryptionError/Code/unusableMasterKey`` where the file cannot be made, or is there.
  package static func create(file path: String) throws(EncryptionError) -> LocalMasterKey {
    let key = SymmetricKey(size: .bits256)
    let text = key.withUnsafeBytes { Data($0).base64EncodedString() } + "\n"
    do {
      try DurableFile.create(path, contents: Array(text.utf8), mode: .ownerOnly)
    } catch {
      throw EncryptionError(.unusableMasterKey, "the master key: \(error.message)")
    }
    return LocalMasterKey(SymmetricKeyBytes(key))
  }

  init(text: [UInt8], source: String) throws(EncryptionError) {
    var rest = text[...]
    if rest.last == UInt8(ascii: "\n") { rest.removeLast() }
    guard var bytes = bytesOfBase64(rest.span), bytes.count == TenantKey.length else {
      throw EncryptionError(
        .unusableMasterKey,
        "\(source) does not hold a master key: 32 bytes in Base64, on one line; "
          + "make one with: openssl rand -base64 32")
    }
    defer { bytes.wipe() }
    // What people put there to try things out, and forget.
    guard Set(bytes).count >= 8 else {
      throw EncryptionError(
        .unusableMasterKey,
        "\(source) does not hold random bytes; make a master key with: openssl rand -base64 32")
    }
    guard let key = bytes.withUnsafeBytes({ SymmetricKeyBytes($0) }) else {
      throw EncryptionError(.unusableMasterKey, "\(source) does not hold a master key")
    }
    self.init(key)
  }
}
