import Crypto
import SallyportCore
import SallyportTestSupport
import Testing

@testable import SallyportStoreEncryption

struct TenantKeyTests {
  @Test func aValueComesBackWithEveryLength() throws {
    var random = SeededGenerator(seed: 1)
    let key = TenantKey.generate(for: Samples.acme, id: .first)
    for length in Array(0...70) + [4_095, 4_096, 65_537] {
      let value = random.bytes(length)
      let encrypted = try key.encrypt(value, at: Samples.place)
      #expect(encrypted.count == length + EncryptedValue.overhead)
      #expect(try key.decrypt(encrypted, at: Samples.place) == value)
    }
  }

  @Test func theSameValueNeverGivesTheSameBytes() throws {
    let key = Samples.key()
    let all = try (0..<200).map { _ in try key.encrypt([1, 2, 3], at: Samples.place) }
    #expect(Set(all).count == 200)
    let nonces = try all.map { Array(try EncryptedValue($0).nonce) }
    #expect(Set(nonces).count == 200)
  }

  @Test func eachProcessHasASaltOfItsOwn() throws {
    let one = try EncryptedValue(Samples.key().encrypt([1], at: Samples.place))
    let other = try EncryptedValue(Samples.key().encrypt([1], at: Samples.place))
    #expect(one.salt != other.salt)
  }

  @Test func aSaltIsGivenUpOnceItsUsesAreOver() throws {
    let key = TenantKey(SymmetricKey(size: .bits256), tenant: Samples.acme, id: .first, uses: 3)
    let all = try (0..<5).map { _ in try key.encrypt([7], at: Samples.place) }
    let salts = try all.map { Array(try EncryptedValue($0).salt) }
    #expect(Set(salts[..<3]).count == 1)
    #expect(Set(salts[3...]).count == 1)
    #expect(salts[2] != salts[3])
    for bytes in all { #expect(try key.decrypt(bytes, at: Samples.place) == [7]) }
  }

  @Test func noBitOfItCanBeChanged() throws {
    let key = Samples.key()
    let encrypted = try key.encrypt(Array("make test".utf8), at: Samples.place)
    for index in encrypted.indices {
      for bit in 0..<8 {
        var changed = encrypted
        changed[index] ^= 1 << UInt8(bit)
        #expect(throws: EncryptionError.self) { try key.decrypt(changed, at: Samples.place) }
      }
    }
  }

  @Test func itCannotBeCutOrExtended() throws {
    let key = Samples.key()
    let encrypted = try key.encrypt(Array("make test".utf8), at: Samples.place)
    for length in 0..<encrypted.count {
      #expect(throws: EncryptionError.self) {
        try key.decrypt(Array(encrypted[..<length]), at: Samples.place)
      }
    }
    #expect(throws: EncryptionError.self) { try key.decrypt(encrypted + [0], at: Samples.place) }
  }

  @Test func itIsDecryptedAtItsOwnPlaceOnly() throws {
    let key = Samples.key()
    let encrypted = try key.encrypt([1], at: Samples.place)
    let others = [
      ValuePlace(table: "job", column: "spec", row: [.integer(7)]),
      ValuePlace(table: "job_spec", column: "reason", row: [.integer(7)]),
      ValuePlace(table: "job_spec", column: "spec", row: [.integer(8)]),
      ValuePlace(table: "job_spec", column: "spec", row: [.text("7")]),
      ValuePlace(table: "job_spec", column: "spec", row: []),
      ValuePlace(table: "job_spec", column: "spec", row: [.integer(7), .integer(7)]),
    ]
    for other in others {
      let error = #expect(throws: EncryptionError.self) { try key.decrypt(encrypted, at: other) }
      #expect(error?.code == .notAuthentic, "\(other)")
    }
  }

  @Test func anotherTenantsKeyDoesNotDecryptIt() throws {
    let encrypted = try Samples.key().encrypt([1], at: Samples.place)
    // The same bytes as a key: the tenant is authenticated by itself.
    let error = #expect(throws: EncryptionError.self) {
      try Samples.key(Samples.globex).decrypt(encrypted, at: Samples.place)
    }
    #expect(error?.code == .notAuthentic)
  }

  @Test func anOlderKeyIsToldApart() throws {
    let second = try #require(TenantKeyID.first.next)
    let encrypted = try Samples.key().encrypt([1], at: Samples.place)
    #expect(try EncryptedValue(encrypted).key == .first)
    let error = #expect(throws: EncryptionError.self) {
      try Samples.key(Samples.acme, second).decrypt(encrypted, at: Samples.place)
    }
    #expect(error?.code == .wrongKey)
    // Nor when it is renumbered.
    var renumbered = encrypted
    renumbered[4] = 2
    #expect(throws: EncryptionError.self) {
      try Samples.key(Samples.acme, second).decrypt(renumbered, at: Samples.place)
    }
  }

  @Test func whatIsTooLongIsRefused() throws {
    let value = [UInt8](repeating: 0, count: EncryptedValue.maximumLength + 1)
    let error = #expect(throws: EncryptionError.self) {
      try Samples.key().encrypt(value, at: Samples.place)
    }
    #expect(error?.code == .tooLong)
  }

  @Test func arbitraryBytesAreRefusedWithoutHarm() throws {
    var random = SeededGenerator(seed: 2)
    let key = Samples.key()
    for _ in 0..<3_000 {
      var bytes = random.bytes(Int.random(in: 0...120, using: &random))
      if !bytes.isEmpty, Bool.random(using: &random) { bytes[0] = EncryptedValue.version }
      #expect(throws: EncryptionError.self) { try key.decrypt(bytes, at: Samples.place) }
    }
  }

  @Test func noTwoPlacesHaveTheSameBytes() {
    let words = ["", "a", "b", "ab", "i", "t", "\0", "\0\0\0\u{1}a"]
    var rows: [[ValuePlace.KeyPart]] = [
      [], [.integer(0)], [.integer(-1)], [.integer(.max)], [.integer(1), .integer(2)],
    ]
    for one in words {
      rows.append([.text(one)])
      rows.append([.text(one), .integer(1)])
      for other in words { rows.append([.text(one), .text(other)]) }
    }
    var seen: Set<[UInt8]> = []
    var count = 0
    for table in words {
      for column in words {
        for row in rows {
          let place = ValuePlace(table: table, column: column, row: row)
          for tenant in [Samples.acme, Samples.globex] {
            seen.insert(place.authenticated(tenant: tenant, key: .first))
            count += 1
          }
        }
      }
    }
    #expect(seen.count == count)
  }

  @Test func nothingPrintsAKey() throws {
    let key = Samples.key()
    let master = try Samples.master()
    var shown = ""
    dump(key, to: &shown)
    dump(master, to: &shown)
    dump(SymmetricKeyBytes(key.key), to: &shown)
    print(key, master, SymmetricKeyBytes(key.key), to: &shown)
    for seed in [UInt8(1), 9] {
      let digits = Samples.bytes(seed: seed).prefix(4).map { "\($0)" }.joined(separator: ", ")
      #expect(!shown.contains(digits))
      #expect(!shown.contains(Samples.base64(seed: seed).prefix(8)))
    }
    #expect(!shown.contains("SymmetricKey("))
  }
}
