import Crypto
import SallyportCore
import SallyportSigning
import Testing

@Suite struct SignedJobTests {
  private let key = JobSigningKey.generate()
  private var keys: TrustedSigningKeys { TrustedSigningKeys([key.publicKey]) }

  @Test func isAcceptedFromTheKeyThatIsTrusted() throws {
    let statement = try Samples.statement()
    let signed = try SignedJob.sign(statement, with: key)
    let verified = try SignedJob.verify(signed.envelope, keys: keys)
    #expect(verified.statement == statement)
    #expect(verified.signer == key.id)
  }

  /// No change of any bit of the envelope is accepted: what it says must be what was signed.
  @Test func noBitOfItCanBeChanged() throws {
    let statement = try Samples.statement()
    let envelope = try SignedJob.sign(statement, with: key).envelope
    for index in envelope.indices {
      for bit in 0..<8 {
        var changed = envelope
        changed[index] ^= 1 << bit
        guard let job = try? SignedJob.verify(changed, keys: keys) else { continue }
        Issue.record("accepted with bit \(bit) of byte \(index) changed: \(job.statement)")
      }
    }
  }

  /// A statement changed in one field and put into the old envelope is refused, field by field.
  @Test func noFieldOfItCanBeChanged() throws {
    let original = try Samples.statement()
    let envelope = try DSSEEnvelope(parsing: try SignedJob.sign(original, with: key).envelope)
    let secret = try JobSecret(parsing: "OTHER")
    let moved = [try JobSecret(parsing: "DEPLOY_KEY=file:key")]
    let renamed = [try JobSecret(parsing: "DEPLOY_KEY=as:LD_PRELOAD")]
    let changes: [(inout JobStatement) -> Void] = [
      { $0.job = .random() }, { $0.tenant = TenantName(unchecked: "other") },
      { $0.externalID = String(repeating: "0", count: 32) },
      { $0.workerPool = PoolName(unchecked: "other") },
      { $0.notBefore = StatementTime(seconds: 0) },
      { $0.expires = StatementTime(seconds: $0.expires.seconds + 1) }, { $0.runs = 4 },
      { $0.command.append("x") }, { $0.command.removeLast() }, { $0.command.reverse() },
      { $0.environment["A"] = "2" }, { $0.environment["C"] = "" }, { $0.environment["B"] = nil },
      { $0.secrets = [] }, { $0.secrets.append(secret) }, { $0.secrets = moved },
      { $0.secrets = renamed }, { $0.image = "evil" },
      { $0.timeoutSeconds = 601 }, { $0.timeoutSeconds = nil }, { $0.selector = [:] },
      { $0.checkout = nil }, { $0.checkout?.ref = "refs/heads/other" },
      { $0.checkout?.commit = String(repeating: "b", count: 40) },
      { $0.checkout?.vcsPool = PoolName(unchecked: "other") },
      { $0.extensions = ["x": .null] },
    ]
    for (number, change) in changes.enumerated() {
      var statement = original
      change(&statement)
      try #require(statement != original)
      let forged = DSSEEnvelope(
        payloadType: envelope.payloadType, payload: statement.json,
        signatures: envelope.signatures)
      let error = #expect(throws: SignedJobError.self, "change \(number)") {
        try SignedJob.verify(forged.json, keys: keys)
      }
      #expect(error?.code == .badSignature, "change \(number)")
    }
  }

  @Test func anotherTypeOfPayloadIsRefusedAlsoWhereItIsSigned() throws {
    let payload = try Samples.statement().json
    let type = "application/vnd.in-toto+json"
    let signature = try key.signature(
      for: DSSEEnvelope.signedBytes(payloadType: type, payload: payload))
    let envelope = DSSEEnvelope(
      payloadType: type, payload: payload,
      signatures: [.init(keyID: key.id.rawValue, bytes: signature)])
    let error = #expect(throws: SignedJobError.self) {
      try SignedJob.verify(envelope.json, keys: keys)
    }
    #expect(error?.code == .malformed)
    let relabelled = DSSEEnvelope(
      payloadType: JobStatement.payloadType, payload: payload, signatures: envelope.signatures)
    let second = #expect(throws: SignedJobError.self) {
      try SignedJob.verify(relabelled.json, keys: keys)
    }
    #expect(second?.code == .badSignature)
  }

  @Test func keysThatAreUnknownRevokedOrOthersAreRefused() throws {
    let envelope = try SignedJob.sign(try Samples.statement(), with: key).envelope
    let stranger = JobSigningKey.generate()
    let cases: [(TrustedSigningKeys, SignedJobError.Code)] = [
      (TrustedSigningKeys([]), .untrusted), (TrustedSigningKeys([stranger.publicKey]), .untrusted),
      (TrustedSigningKeys([key.publicKey], revoked: [key.id]), .revoked),
      (TrustedSigningKeys([], revoked: [key.id]), .revoked),
    ]
    for (keys, code) in cases {
      let error = #expect(throws: SignedJobError.self) {
        try SignedJob.verify(envelope, keys: keys)
      }
      #expect(error?.code == code)
    }
  }

  /// While a key is rotated a job may carry two signatures: one that is trusted is enough, and one
  /// that is wrong under a trusted key never is.
  @Test func ofTwoSignaturesOneThatIsTrustedIsEnough() throws {
    let old = JobSigningKey.generate()
    let payload = try Samples.statement().json
    let bytes = DSSEEnvelope.signedBytes(payloadType: JobStatement.payloadType, payload: payload)
    func envelope(_ signatures: [DSSEEnvelope.Signature]) -> [UInt8] {
      DSSEEnvelope(
        payloadType: JobStatement.payloadType, payload: payload, signatures: signatures
      ).json
    }
    let byOld = DSSEEnvelope.Signature(
      keyID: old.id.rawValue, bytes: try old.signature(for: bytes))
    let byNew = DSSEEnvelope.Signature(
      keyID: key.id.rawValue, bytes: try key.signature(for: bytes))
    let both = envelope([byOld, byNew])
    #expect(try SignedJob.verify(both, keys: keys).signer == key.id)
    let revoked = TrustedSigningKeys([old.publicKey, key.publicKey], revoked: [old.id])
    #expect(try SignedJob.verify(both, keys: revoked).signer == key.id)
    // A name that is not a key's id is nobody's.
    let unknown = DSSEEnvelope.Signature(keyID: "../../etc/passwd", bytes: byOld.bytes)
    #expect(try SignedJob.verify(envelope([unknown, byNew]), keys: keys).signer == key.id)
    let swapped = envelope([.init(keyID: key.id.rawValue, bytes: byOld.bytes)])
    let error = #expect(throws: SignedJobError.self) { try SignedJob.verify(swapped, keys: keys) }
    #expect(error?.code == .badSignature)
    #expect(throws: SignedJobError.self) {
      try SignedJob.verify(envelope([byNew, byNew]), keys: keys)
    }
    #expect(throws: SignedJobError.self) { try SignedJob.verify(envelope([]), keys: keys) }
  }

  /// A symmetric signature under the public key's bytes, as an algorithm confusion would have it.
  @Test func anotherAlgorithmIsRefused() throws {
    let payload = try Samples.statement().json
    let bytes = DSSEEnvelope.signedBytes(payloadType: JobStatement.payloadType, payload: payload)
    let mac = HMAC<SHA512>.authenticationCode(
      for: bytes, using: SymmetricKey(data: Array(key.publicKey.pem.utf8)))
    for signature in [Array(mac), [], [UInt8](repeating: 0, count: 64)] {
      let envelope = DSSEEnvelope(
        payloadType: JobStatement.payloadType, payload: payload,
        signatures: [.init(keyID: key.id.rawValue, bytes: signature)])
      let error = #expect(throws: SignedJobError.self) {
        try SignedJob.verify(envelope.json, keys: keys)
      }
      #expect(error?.code == .badSignature)
    }
    #expect(throws: SignedJobError.self) {
      try JobVerificationKey(pem: P256.Signing.PrivateKey().publicKey.pemRepresentation)
    }
    #expect(throws: SignedJobError.self) {
      try JobSigningKey(pem: P256.Signing.PrivateKey().pemRepresentation)
    }
  }

  @Test(
    arguments: [
      ({ $0.replacing(#"{"payloadType""#, with: #"{"payloadType":"x","payloadType""#) }),
      ({ $0.replacing(#""sig":"#, with: #""alg":"none","sig":"#) }),
      ({ $0.replacing(#"{"payloadType""#, with: #"{"alg":"none","payloadType""#) }),
      ({ $0.replacing(#"=="}]}"#, with: #""}]}"#) }), ({ $0 + "{}" }), ({ "[" + $0 + "]" }),
      ({ $0.replacing(#""signatures":["#, with: #""signatures":{"#) }), ({ _ in "" }),
      ({ $0.replacing(#""payload":""#, with: #""payload":"\n"#) }),
    ] as [@Sendable (String) -> String])
  func anotherFormOfEnvelopeIsRefused(change: @Sendable (String) -> String) throws {
    let text = String(
      decoding: try SignedJob.sign(try Samples.statement(), with: key).envelope, as: UTF8.self)
    let changed = change(text)
    try #require(changed != text)
    let error = #expect(throws: SignedJobError.self) {
      try SignedJob.verify(Array(changed.utf8), keys: keys)
    }
    #expect(error?.code == .malformed)
  }

  @Test func keysAreReadBackFromTheirFiles() throws {
    let pem = key.pem.withValue { $0 }
    #expect(try JobSigningKey(pem: pem).id == key.id)
    #expect(try JobVerificationKey(pem: key.publicKey.pem) == key.publicKey)
    #expect("\(key)" == "<Ed25519 private key>")
    #expect(throws: SignedJobError.self) { try JobVerificationKey(pem: pem) }
    #expect(throws: SignedJobError.self) { try JobSigningKey(pem: key.publicKey.pem) }
  }
}
