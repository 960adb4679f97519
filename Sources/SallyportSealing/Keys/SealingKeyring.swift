/// The private keys that open what is sealed: the current one, and earlier ones until everything that
/// was sealed to them has been sealed again.
package struct SealingKeyring: Sendable {
  private let keys: [SealingKeyID: SealingKey]

  package init(_ keys: some Sequence<SealingKey>) {
    self.keys = Dictionary(keys.map { ($0.id, $0) }) { first, _ in first }
  }

  /// Blocks.
  ///
  /// - Throws: ``SealingError/Code/unusableKey``, naming the file.
  package init(files: [String]) throws(SealingError) {
    self.init(try files.map { (path) throws(SealingError) in try SealingKey(file: path) })
  }

  package var ids: [SealingKeyID] { keys.keys.sorted() }

  /// - Throws: ``SealingError/Code/unknownKey``.
  func key(_ id: SealingKeyID) throws(SealingError) -> SealingKey {
    guard let key = keys[id] else {
      throw SealingError(.unknownKey, "sealed to the key \(id), which is not here")
    }
    return key
  }

  /// The first of the keys that is here.
  func key(among ids: [SealingKeyID]) throws(SealingError) -> SealingKey {
    for id in ids { if let key = keys[id] { return key } }
    let list = ids.map(\.description).joined(separator: ", ")
    throw SealingError(.unknownKey, "sealed to \(list), and none of these keys is here")
  }
}
