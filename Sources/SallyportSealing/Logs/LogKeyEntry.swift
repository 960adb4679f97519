internal import Crypto
internal import SallyportBytes
internal import SallyportCore

/// The entry with which a sealed log begins: the key of what follows, sealed to each of the readers.
///
/// ```
/// 0  u8   version of the format: 1
/// 1  u8   number of readers, 1 to 16
/// 2       for each: id of the key, 32 bytes; encapsulated key, 32; ciphertext of the log's key, 48
/// ```
struct LogKeyEntry: Hashable, Sendable {
  struct Reader: Hashable, Sendable {
    let keyID: SealingKeyID
    let encapsulated: [UInt8]
    let ciphertext: [UInt8]
  }

  static let maximumReaders = 16

  private static let version: UInt8 = 1
  private static let keyLength = 32
  private static let readerLength =
    SealingKeyID.length + Sealing.encapsulatedLength + keyLength + Sealing.tagLength
  private static let info = Array("sallyport sealed log v1".utf8)

  let readers: [Reader]

  /// - Throws: ``SealingError/Code/malformed``.
  init(parsing bytes: [UInt8]) throws(SealingError) {
    guard bytes.count >= 2, bytes[0] == Self.version,
      (1...Self.maximumReaders).contains(Int(bytes[1])),
      bytes.count == 2 + Int(bytes[1]) * Self.readerLength
    else {
      throw SealingError(
        .malformed, "the log's seal is not of a version that this one knows, or damaged")
    }
    readers = try (0..<Int(bytes[1])).map { (index) throws(SealingError) in
      let start = 2 + index * Self.readerLength
      let part = Array(bytes[start..<start + Self.readerLength])
      guard let id = SealingKeyID(bytes: part.prefix(SealingKeyID.length)) else {
        throw SealingError(.malformed, "the log's seal is damaged")
      }
      let rest = part.dropFirst(SealingKeyID.length)
      return Reader(
        keyID: id, encapsulated: Array(rest.prefix(Sealing.encapsulatedLength)),
        ciphertext: Array(rest.dropFirst(Sealing.encapsulatedLength)))
    }
  }

  init(
    sealing key: SymmetricKey, to readers: [SealingPublicKey], scope: SealedLogScope,
    offset: UInt64
  ) throws(SealingError) {
    let value = key.withUnsafeBytes { Array($0) }
    let fields = Self.fields(scope, offset)
    self.readers = try readers.map { (reader) throws(SealingError) in
      let sealed = try Sealing.seal(
        value, to: try reader.agreementKey(), info: Self.info, authenticating: fields)
      return Reader(
        keyID: reader.id, encapsulated: sealed.encapsulated, ciphertext: sealed.ciphertext)
    }
  }

  var bytes: [UInt8] {
    var bytes = [Self.version, UInt8(clamping: readers.count)]
    for reader in readers { bytes += reader.keyID.bytes + reader.encapsulated + reader.ciphertext }
    return bytes
  }

  /// - Throws: ``SealingError/Code/unknownKey``, ``SealingError/Code/notAuthentic``.
  func open(
    scope: SealedLogScope, offset: UInt64, with keys: SealingKeyring
  ) throws(SealingError) -> SymmetricKey {
    let key = try keys.key(among: readers.map(\.keyID))
    for reader in readers where reader.keyID == key.id {
      let value = try Sealing.open(
        reader.ciphertext, encapsulated: reader.encapsulated, with: key.key, info: Self.info,
        authenticating: Self.fields(scope, offset))
      guard value.count == Self.keyLength else { break }
      return SymmetricKey(data: value)
    }
    throw SealingError(.malformed, "the log's seal is damaged")
  }

  private static func fields(_ scope: SealedLogScope, _ offset: UInt64) -> [UInt8] {
    scope.fields(purpose: "sallyport log key", offset: offset).bytes
  }
}
