/// Watches the beginning of an answer for the line with which a server says that something is wrong
/// (gitprotocol-pack(5), `ERR`). libgit2 reads over it and then misses the rest of the answer.
struct ServerErrorLine {
  private static let marker = Array("ERR ".utf8)
  /// Bytes of a line that are kept.
  private static let maximum = 1_024

  private var beginning: [UInt8] = []
  private var isOther = false

  mutating func watch(_ bytes: [UInt8]) {
    guard !isOther, beginning.count < Self.maximum else { return }
    beginning += bytes.prefix(Self.maximum - beginning.count)
    let found = beginning.dropFirst(4).prefix(Self.marker.count)
    isOther = !Self.marker.starts(with: found)
    if isOther { beginning = [] }
  }

  /// What the server said; nil where the answer begins with something else.
  var message: String? {
    guard beginning.count > 4 + Self.marker.count,
      let length = Int(String(decoding: beginning.prefix(4), as: UTF8.self), radix: 16)
    else { return nil }
    let line = beginning.prefix(max(length, 0)).dropFirst(4 + Self.marker.count)
    return GitError.printable(String(decoding: line, as: UTF8.self))
  }
}
