import Crypto
import FoundationEssentials
import SallyportTestSupport
import Testing

@testable import SallyportSealing

/// The one suite that Sallyport uses, against the published vectors and an independent implementation.
@Suite struct HPKETests {
  struct Vector: Decodable {
    struct Encryption: Decodable {
      let aad: String
      let ct: String
      let pt: String
    }

    enum CodingKeys: String, CodingKey {
      case mode, kem = "kem_id", kdf = "kdf_id", aead = "aead_id", info, skRm, pkRm, enc,
        encryptions
    }

    let mode: Int
    let kem: Int
    let kdf: Int
    let aead: Int
    let info: String
    let skRm: String
    let pkRm: String
    let enc: String
    let encryptions: [Encryption]
  }

  private static func vector() throws -> Vector {
    let data = try Data(contentsOf: URL(filePath: Samples.resource("rfc9180.json")))
    return try JSONDecoder().decode(Vector.self, from: data)
  }

  /// The vectors that RFC 9180 (appendix A) refers to, for mode base, 0x0020, 0x0001, 0x0002.
  @Test func thePublishedVectorIsOpened() throws {
    let vector = try Self.vector()
    #expect(
      [vector.mode, vector.kem, vector.kdf, vector.aead] == [0, 0x20, 0x01, 0x02])
    let key = try SealingKey(bytes: Samples.bytes(vector.skRm))
    #expect(key.publicKey.bytes == Samples.bytes(vector.pkRm))
    let first = try #require(vector.encryptions.first)
    let opened = try Sealing.open(
      Samples.bytes(first.ct), encapsulated: Samples.bytes(vector.enc), with: key.key,
      info: Samples.bytes(vector.info), authenticating: Samples.bytes(first.aad))
    #expect(opened == Samples.bytes(first.pt))
  }

  @Test func theLibraryOpensAllMessagesOfTheVector() throws {
    let vector = try Self.vector()
    let key = try SealingKey(bytes: Samples.bytes(vector.skRm))
    var recipient = try HPKE.Recipient(
      privateKey: key.key,
      ciphersuite: .init(kem: .Curve25519_HKDF_SHA256, kdf: .HKDF_SHA256, aead: .AES_GCM_256),
      info: Data(Samples.bytes(vector.info)), encapsulatedKey: Data(Samples.bytes(vector.enc)))
    #expect(vector.encryptions.count == 16)
    for one in vector.encryptions {
      let value = try recipient.open(
        Samples.bytes(one.ct), authenticating: Samples.bytes(one.aad))
      #expect(Array(value) == Samples.bytes(one.pt))
    }
  }

  @Test(.timeLimit(.minutes(5))) func pythonOpensOursAndWeOpenPythons() async throws {
    var generator = SeededGenerator(seed: 9180)
    let key = try SealingKey.generate()
    let info = Array("info".utf8)
    let values = [0, 1, 15, 16, 17, 255, 4_096, 65_536].map { length in
      (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }
    let aad = Array("fields".utf8)
    var requests: [[String: String]] = []
    for value in values {
      let sealed = try Sealing.seal(
        value, to: try key.publicKey.agreementKey(), info: info, authenticating: aad)
      requests.append([
        "op": "open", "private": Samples.hex(key.key.rawRepresentation),
        "enc": Samples.hex(sealed.encapsulated), "ciphertext": Samples.hex(sealed.ciphertext),
        "info": Samples.hex(info), "aad": Samples.hex(aad),
      ])
      requests.append([
        "op": "seal", "public": Samples.hex(key.publicKey.bytes), "value": Samples.hex(value),
        "info": Samples.hex(info), "aad": Samples.hex(aad),
      ])
    }
    let answers = try await HPKEPython.ask(requests)
    try #require(answers.count == requests.count)
    for (index, value) in values.enumerated() {
      #expect(answers[2 * index].value == Samples.hex(value))
      let sealed = answers[2 * index + 1]
      let opened = try Sealing.open(
        Samples.bytes(try #require(sealed.ciphertext)),
        encapsulated: Samples.bytes(try #require(sealed.enc)), with: key.key, info: info,
        authenticating: aad)
      #expect(opened == value)
    }
  }

  /// A point of small order agrees with every private key on zero; these are the known ones.
  @Test func nothingIsSealedToAPointOfSmallOrder() throws {
    let own = try SealingKey.generate()
    let points = [
      String(repeating: "00", count: 32), "01" + String(repeating: "00", count: 31),
      "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
      "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
      "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ]
    for point in points.map(Samples.bytes) {
      let error = #expect(throws: SealingError.self) { try SealingPublicKey(bytes: point) }
      #expect(error?.code == .unusableKey)
      let refused = #expect(throws: SealingError.self) {
        try Sealing.open(
          [UInt8](repeating: 0, count: 32), encapsulated: point, with: own.key, info: [],
          authenticating: [])
      }
      #expect(refused?.code == .malformed)
    }
  }
}
