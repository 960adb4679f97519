import Crypto
import SallyportCore
import SallyportIdentity
import Testing

@testable import SallyportSealing

@Suite struct SealedSecretTests {
  private let key: SealingKey
  private let poolKey: PoolKey

  init() throws {
    key = try SealingKey.generate()
    poolKey = try Samples.poolKey(key)
  }

  private func seal(_ value: [UInt8]) throws -> SealedSecret {
    try SealedSecret.seal(Secret(value), to: poolKey, as: Samples.scope())
  }

  @Test func aWorkerOfThePoolOpensExactlyWhatWasSealed() throws {
    for value in [[], [0], Array("s3cret\n".utf8), [UInt8](repeating: 0xFF, count: 65_536)] {
      let stored = try seal(value).bytes
      #expect(stored.count == 65 + value.count + 16)
      let read = try SealedSecret(parsing: stored)
      #expect(read.keyID == key.id)
      let opened = try read.open(as: Samples.scope(), with: SealingKeyring([key]))
      #expect(opened.withValue { $0 } == value)
    }
  }

  @Test func aValueThatIsTooLongIsRefused() {
    let error = #expect(throws: SealingError.self) {
      try seal([UInt8](repeating: 1, count: 65_537))
    }
    #expect(error?.code == .tooLong)
  }

  @Test func oneValueIsNeverSealedToTheSameBytes() throws {
    let value = Array("s3cret".utf8)
    #expect(try seal(value) != seal(value))
  }

  /// The gateway hands a secret out as another one: nothing of its scope may differ.
  @Test func aSecretIsOpenedAsNothingElse() throws {
    let sealed = try seal(Array("s3cret".utf8))
    let keys = SealingKeyring([key])
    var scopes: [SealedSecretScope] = []
    for change: (inout SealedSecretScope) -> Void in [
      { $0.tenant = TenantName(unchecked: "acma") }, { $0.pool = PoolName(unchecked: "builder") },
      { $0.context = ContextName(unchecked: "staging") }, { $0.name = "DEPLOY_KEY2" },
      { $0.version = 2 }, { $0.version = 0 },
      // The same characters, cut elsewhere.
      {
        $0.tenant = TenantName(unchecked: "acmebuilders")
        $0.pool = PoolName(unchecked: "")
      },
    ] {
      var scope = Samples.scope()
      change(&scope)
      scopes.append(scope)
    }
    for scope in scopes {
      let error = #expect(throws: SealingError.self) { try sealed.open(as: scope, with: keys) }
      #expect(error?.code == .notAuthentic)
    }
  }

  @Test func oldKeysOpenWhatWasSealedToThem() throws {
    let next = try SealingKey.generate()
    let sealed = try seal([1, 2, 3])
    let ring = SealingKeyring([next, key])
    #expect(try sealed.open(as: Samples.scope(), with: ring).withValue { $0 } == [1, 2, 3])
    let error = #expect(throws: SealingError.self) {
      try sealed.open(as: Samples.scope(), with: SealingKeyring([next]))
    }
    #expect(error?.code == .unknownKey)
    #expect(error?.message.contains("\(key.id)") == true)
  }

  @Test func changedAndCutBytesAreRefused() throws {
    let stored = try seal(Array("canary-value".utf8)).bytes
    let keys = SealingKeyring([key])
    for index in stored.indices {
      var changed = stored
      changed[index] ^= 0x10
      let error = #expect(throws: SealingError.self) {
        try SealedSecret(parsing: changed).open(as: Samples.scope(), with: keys)
      }
      #expect(error?.message.contains("canary-value") == false)
      #expect(throws: SealingError.self) {
        try SealedSecret(parsing: Array(stored[..<index])).open(as: Samples.scope(), with: keys)
      }
    }
    for extra in [1, 100_000] {
      #expect(throws: SealingError.self) {
        try SealedSecret(parsing: stored + [UInt8](repeating: 0, count: extra))
          .open(as: Samples.scope(), with: keys)
      }
    }
  }

  @Test func pythonOpensTheFormatAndWeOpenPythons() async throws {
    let value = Array("a value".utf8)
    let bytes = try seal(value).bytes
    func field(_ bytes: [UInt8]) -> [UInt8] { [0, 0, 0, UInt8(bytes.count)] + bytes }
    let fields =
      ["sallyport sealed secret", "acme", "builders", "release", "DEPLOY_KEY"]
      .flatMap { field(Array($0.utf8)) } + field([0, 0, 0, 0, 0, 0, 0, 1])
    let info = Samples.hex("sallyport sealed secret v1".utf8)
    let answers = try await HPKEPython.ask([
      [
        "op": "open", "private": Samples.hex(key.key.rawRepresentation),
        "enc": Samples.hex(bytes[33..<65]), "ciphertext": Samples.hex(bytes[65...]), "info": info,
        "aad": Samples.hex(fields),
      ],
      [
        "op": "seal", "public": Samples.hex(key.publicKey.bytes), "value": Samples.hex(value),
        "info": info, "aad": Samples.hex(fields),
      ],
    ])
    try #require(answers.count == 2)
    #expect(answers[0].value == Samples.hex(value))
    let theirs = try SealedSecret(
      parsing: [1] + key.id.bytes + Samples.bytes(try #require(answers[1].enc))
        + Samples.bytes(try #require(answers[1].ciphertext)))
    let opened = try theirs.open(as: Samples.scope(), with: SealingKeyring([key]))
    #expect(opened.withValue { $0 } == value)
  }
}
