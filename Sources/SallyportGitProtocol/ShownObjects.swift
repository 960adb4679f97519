/// The ids that a client has been shown on refs of one repository, and by which names.
///
/// One for each sealed channel and repository: the requests of a channel share it, and an id is in
/// it before the bytes that show it are sent. Holds 36 to 52 bytes for an id, besides the name.
package struct ShownObjects: Sendable {
  package struct Limits: Hashable, Sendable {
    /// Ids, those behind annotated tags included. An answer that shows more is refused.
    package var objects = 1 << 21
    /// Bytes of all names together. Names beyond that are not kept, which only records notice.
    package var names = 64 << 20

    package init() {}
  }

  package let limits: Limits
  package private(set) var count = 0
  /// What `HEAD` stands for, where it was shown and stands for a ref.
  package internal(set) var head: RefName?
  private var format: ObjectFormat?
  /// Three words of an id of SHA-1, four of SHA-256, in the order in which they were shown.
  private var words: [UInt64] = []
  /// Open addressing: index of an id plus one; zero is free. A power of two in size.
  private var table: [UInt32] = []
  private var names: [UInt8] = []
  /// Where the name of an id ends in `names`; it begins where the one before ends.
  private var nameEnds: [UInt32] = []

  package init(limits: Limits = Limits()) { self.limits = limits }

  /// - Returns: Nil where the id was not shown, or its name not kept.
  package func name(of id: ObjectID) -> RefName? {
    guard case .found(let index) = look(for: id) else { return nil }
    let start = index == 0 ? 0 : Int(nameEnds[index - 1])
    return RefName(names[start..<Int(nameEnds[index])])
  }

  package func contains(_ id: ObjectID) -> Bool {
    if case .found = look(for: id) { true } else { false }
  }

  /// Adds an id; one that is known keeps its first name.
  ///
  /// - Returns: False where there is no room, or where ids of another format are kept here.
  mutating func show(_ id: ObjectID, as name: RefName) -> Bool {
    if count == 0 { format = id.format }
    guard id.format == format else { return false }
    if table.count < 2 * (count + 1) { grow() }
    guard case .free(let slot) = look(for: id) else { return true }
    guard count < min(limits.objects, Int(Int32.max)) else { return false }
    words.append(id.words.0)
    words.append(id.words.1)
    words.append(id.words.2)
    if id.format == .sha256 { words.append(id.words.3) }
    if names.count + name.utf8.count <= min(limits.names, Int(Int32.max)) { names += name.utf8 }
    nameEnds.append(UInt32(names.count))
    count += 1
    table[slot] = UInt32(count)
    return true
  }

  private enum Place {
    case found(Int)
    case free(Int)
    case absent
  }

  private func look(for id: ObjectID) -> Place {
    guard id.format == format, !table.isEmpty else { return .absent }
    let mask = table.count - 1
    var slot = hash(id) & mask
    while table[slot] != 0 {
      let index = Int(table[slot]) - 1
      if self.id(at: index) == id { return .found(index) }
      slot = (slot + 1) & mask
    }
    return .free(slot)
  }

  /// Seeded by the process, and over every digit: a server that names objects as it likes does not
  /// choose where they go.
  private func hash(_ id: ObjectID) -> Int { id.hashValue }

  private func id(at index: Int) -> ObjectID {
    if format == .sha256 {
      let start = 4 * index
      return ObjectID(
        format: .sha256,
        words: (words[start], words[start + 1], words[start + 2], words[start + 3]))
    }
    let start = 3 * index
    return ObjectID(format: .sha1, words: (words[start], words[start + 1], words[start + 2], 0))
  }

  private mutating func grow() {
    table = [UInt32](repeating: 0, count: max(16, 2 * table.count))
    for index in 0..<count {
      guard case .free(let slot) = look(for: id(at: index)) else { continue }
      table[slot] = UInt32(index + 1)
    }
  }
}
