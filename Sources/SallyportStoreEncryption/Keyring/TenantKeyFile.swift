internal import FoundationEssentials
internal import SallyportCore

/// What is kept of a tenant's keys, outside of the database: a small JSON file.
struct TenantKeyFile: Hashable, Sendable {
  struct Entry: Hashable, Sendable {
    let id: TenantKeyID
    let wrapped: WrappedTenantKey
  }

  /// The oldest first; never empty.
  private(set) var keys: [Entry]
  private(set) var index: WrappedTenantKey

  /// Two at once: the one that encrypts, and the one that values are being moved away from.
  private static let maximumKeys = 2
  private static let version = 1

  init(first: WrappedTenantKey, index: WrappedTenantKey) {
    keys = [Entry(id: .first, wrapped: first)]
    self.index = index
  }

  var current: TenantKeyID { keys.last?.id ?? .first }
  var isRotating: Bool { keys.count > 1 }
  /// Which master keys are needed to open it.
  var masterKeys: Set<MasterKeyID> { Set(keys.map(\.wrapped.masterKey) + [index.masterKey]) }

  mutating func add(_ wrapped: WrappedTenantKey, as id: TenantKeyID) {
    keys.append(Entry(id: id, wrapped: wrapped))
  }

  mutating func replace(_ id: TenantKeyID, by wrapped: WrappedTenantKey) {
    keys = keys.map { $0.id == id ? Entry(id: id, wrapped: wrapped) : $0 }
  }

  mutating func replaceIndex(by wrapped: WrappedTenantKey) { index = wrapped }

  mutating func removeOldKeys() { keys = Array(keys.suffix(1)) }

  private struct Document: Codable {
    struct Key: Codable {
      let number: UInt32
      let wrapped: Data
    }
    let version: Int
    let keys: [Key]
    let index: Data
  }

  /// - Throws: ``EncryptionError/Code/malformed``.
  init(_ bytes: [UInt8], source: String) throws(EncryptionError) {
    let document: Document
    do {
      document = try JSONDecoder().decode(Document.self, from: Data(bytes))
    } catch {
      throw Self.malformed(source)
    }
    guard document.version == Self.version, (1...Self.maximumKeys).contains(document.keys.count)
    else { throw Self.malformed(source) }
    var keys: [Entry] = []
    for key in document.keys {
      guard let id = TenantKeyID(key.number), id < .index, keys.last.map({ $0.id < id }) ?? true
      else { throw Self.malformed(source) }
      keys.append(Entry(id: id, wrapped: try WrappedTenantKey(Array(key.wrapped))))
    }
    self.keys = keys
    index = try WrappedTenantKey(Array(document.index))
  }

  /// - Throws: ``EncryptionError/Code/malformed``, which cannot happen.
  func bytes() throws(EncryptionError) -> [UInt8] {
    let document = Document(
      version: Self.version,
      keys: keys.map { .init(number: $0.id.rawValue, wrapped: Data($0.wrapped.bytes)) },
      index: Data(index.bytes))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return Array(try encoder.encode(document)) + [UInt8(ascii: "\n")]
    } catch {
      throw Self.malformed("what was to be written")
    }
  }

  private static func malformed(_ source: String) -> EncryptionError {
    EncryptionError(
      .malformed, "\(source) does not hold a tenant's wrapped keys; restore it from its backup")
  }
}
