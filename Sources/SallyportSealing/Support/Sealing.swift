internal import Crypto
internal import FoundationEssentials

/// Single-shot HPKE in base mode (RFC 9180, section 6.1) with the one suite that Sallyport uses:
/// DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM (0x0020, 0x0001, 0x0002).
enum Sealing {
  /// What one sealing adds: the encapsulated key, and the tag of AES-GCM.
  static let encapsulatedLength = 32
  static let tagLength = 16

  private static var suite: HPKE.Ciphersuite {
    HPKE.Ciphersuite(kem: .Curve25519_HKDF_SHA256, kdf: .HKDF_SHA256, aead: .AES_GCM_256)
  }

  static func seal(
    _ value: [UInt8], to key: Curve25519.KeyAgreement.PublicKey, info: [UInt8],
    authenticating fields: [UInt8]
  ) throws(SealingError) -> (encapsulated: [UInt8], ciphertext: [UInt8]) {
    do {
      var sender = try HPKE.Sender(recipientKey: key, ciphersuite: suite, info: Data(info))
      let ciphertext = try sender.seal(value, authenticating: fields)
      return (Array(sender.encapsulatedKey), Array(ciphertext))
    } catch {
      throw SealingError(.unusableKey, "nothing can be sealed to this key")
    }
  }

  static func open(
    _ ciphertext: [UInt8], encapsulated: [UInt8], with key: Curve25519.KeyAgreement.PrivateKey,
    info: [UInt8], authenticating fields: [UInt8]
  ) throws(SealingError) -> [UInt8] {
    guard ciphertext.count >= tagLength, (try? SealingPublicKey(bytes: encapsulated)) != nil else {
      throw SealingError(.malformed, "nothing was sealed like this")
    }
    do {
      var recipient = try HPKE.Recipient(
        privateKey: key, ciphersuite: suite, info: Data(info), encapsulatedKey: Data(encapsulated))
      return Array(try recipient.open(ciphertext, authenticating: fields))
    } catch {
      throw SealingError(
        .notAuthentic, "not what was sealed, or sealed for something else: it is not used")
    }
  }
}
