import Crypto
import FoundationEssentials
import SallyportBytes
import SallyportCore
import SallyportIdentity
import SallyportTestSupport
import Subprocess
import SystemPackage
import Testing

@testable import SallyportStoreEncryption

/// docs/vectors/encryption-at-rest.json, which a script in Python computes by itself; and what is
/// encrypted here, decrypted by another.
struct VectorTests {
  private enum RowPart: Codable {
    case number(Int64)
    case text(String)

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      do { self = .number(try container.decode(Int64.self)) } catch {
        self = .text(try container.decode(String.self))
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .number(let number): try container.encode(number)
      case .text(let text): try container.encode(text)
      }
    }

    var part: ValuePlace.KeyPart {
      switch self {
      case .number(let number): .integer(number)
      case .text(let text): .text(text)
      }
    }
  }

  private struct Value: Codable {
    var name: String
    var tenant: String
    var number: UInt32
    var key: String
    var table: String
    var column: String
    var row: [RowPart]
    var value: String
    var encrypted: String
    var result: String?

    var place: ValuePlace { ValuePlace(table: table, column: column, row: row.map(\.part)) }

    func tenantKey() throws -> TenantKey { try VectorTests.key(tenant, number, key) }
  }

  private struct Wrapped: Codable {
    var tenant: String
    var number: UInt32
    var master: String
    var key: String
    var wrapped: String
  }

  private struct Command: Decodable {
    var tenant: String
    var number: UInt32
    var name: String
    var id: String
    var key: String
    var plaintext: String
  }

  private struct Document: Decodable {
    var values: [Value]
    var refused: [Value]
    var wrapped: [Wrapped]
    var commands: [Command]
  }

  private static func published() throws -> Document {
    try JSONDecoder().decode(
      Document.self,
      from: Data(contentsOf: Samples.root.appending(path: "docs/vectors/encryption-at-rest.json")))
  }

  private static func key(_ tenant: String, _ id: UInt32, _ key: String) throws -> TenantKey {
    TenantKey(
      SymmetricKey(data: bytes(key)), tenant: TenantName(unchecked: tenant),
      id: try #require(TenantKeyID(id)))
  }

  private static func bytes(_ hex: String) -> [UInt8] {
    let digits = Array(hex)
    return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
      UInt8(String(digits[$0...$0 + 1]), radix: 16)
    }
  }

  private static func python(_ requests: [some Encodable]) async throws -> [String] {
    let input = try requests.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }
    let script = Samples.root.appending(
      path: "Tests/SallyportStoreEncryptionTests/Resources/read_encrypted_values.py")
    let result = try await run(
      .path("/usr/bin/python3"), arguments: [script.path()],
      input: .string(input.joined(separator: "\n")), output: .string(limit: 16 << 20),
      error: .string(limit: 1 << 16))
    try #require(result.terminationStatus.isSuccess, "\(result.standardError)")
    return result.standardOutput.split(separator: "\n", omittingEmptySubsequences: false)
      .dropLast().map(String.init)
  }

  @Test func everyValueIsReadAsPublished() throws {
    let document = try Self.published()
    #expect(document.values.count > 10)
    for vector in document.values {
      let value = try vector.tenantKey().decrypt(Self.bytes(vector.encrypted), at: vector.place)
      #expect(value == Self.bytes(vector.value), "\(vector.name)")
    }
  }

  @Test func whatMustBeRefusedIs() throws {
    let document = try Self.published()
    #expect(document.refused.count > 15)
    for vector in document.refused {
      let error = #expect(throws: EncryptionError.self, "\(vector.name)") {
        try vector.tenantKey().decrypt(Self.bytes(vector.encrypted), at: vector.place)
      }
      #expect(error?.code.rawValue == vector.result, "\(vector.name)")
    }
  }

  @Test func everyWrappedKeyIsReadAsPublished() async throws {
    for vector in try Self.published().wrapped {
      let bytes = Self.bytes(vector.master)
      let master = LocalMasterKey(SymmetricKeyBytes(SymmetricKey(data: bytes)))
      let key = try await master.unwrap(
        WrappedTenantKey(Self.bytes(vector.wrapped)), of: TenantName(unchecked: vector.tenant),
        id: #require(TenantKeyID(vector.number)))
      #expect(Samples.material(key) == Self.bytes(vector.key))
    }
  }

  @Test func aCommandIsGivenWhatIsPublished() async throws {
    for vector in try Self.published().commands {
      let cat = try KeyCommand(["cat"])
      let master = CommandMasterKey(name: vector.name, wrap: cat, unwrap: cat)
      #expect(master.id.description == vector.id)
      let wrapped = try await master.wrap(
        Self.key(vector.tenant, vector.number, vector.key))
      #expect(hexadecimalDigits(wrapped.wrapped) == vector.plaintext)
    }
  }

  @Test func anotherProgramAgreesOnEveryVector() async throws {
    let document = try Self.published()
    let all = document.values + document.refused
    let values = try await Self.python(all)
    #expect(values == all.map { $0.result ?? $0.value })
    #expect(try await Self.python(document.wrapped) == document.wrapped.map(\.key))
  }

  @Test func anotherProgramReadsWhatIsEncryptedHere() async throws {
    var random = SeededGenerator(seed: 4)
    var values: [Value] = []
    var wrapped: [Wrapped] = []
    for number in 0..<200 {
      let material = random.bytes(32)
      let id = try #require(TenantKeyID(UInt32.random(in: 1 ... .max, using: &random)))
      let tenant = number.isMultiple(of: 2) ? Samples.acme : Samples.globex
      let key = TenantKey(SymmetricKey(data: material), tenant: tenant, id: id)
      let value = random.bytes(Int.random(in: 0...300, using: &random))
      let row: [RowPart] = [
        .number(Int64.random(in: .min ... .max, using: &random)), .text("row \(number) ü"),
      ]
      var one = Value(
        name: "", tenant: tenant.rawValue, number: id.rawValue, key: hexadecimalDigits(material),
        table: "table \(number % 3)", column: "column", row: row, value: hexadecimalDigits(value),
        encrypted: "")
      one.encrypted = hexadecimalDigits(try key.encrypt(value, at: one.place))
      values.append(one)
      guard number < 20 else { continue }
      let master = random.bytes(32)
      let stored = try await LocalMasterKey(SymmetricKeyBytes(SymmetricKey(data: master))).wrap(key)
      wrapped.append(
        Wrapped(
          tenant: tenant.rawValue, number: id.rawValue, master: hexadecimalDigits(master),
          key: hexadecimalDigits(material), wrapped: hexadecimalDigits(stored.bytes)))
    }
    #expect(try await Self.python(values) == values.map(\.value))
    #expect(try await Self.python(wrapped) == wrapped.map(\.key))
  }

  @Test func theVectorsAreWhatTheScriptWrites() async throws {
    let script = Samples.root.appending(path: "scripts/generate-encryption-vectors")
    let result = try await run(
      .path("/usr/bin/python3"), arguments: [script.path(), "--check"], output: .discarded,
      error: .string(limit: 1 << 16))
    #expect(result.terminationStatus.isSuccess, "\(result.standardError)")
  }
}
