/// What Git's protocol can do beyond its first version, and which of it is offered.
enum Capability {
  static let tipByID = "allow-tip-sha1-in-want"
  static let reachableByID = "allow-reachable-sha1-in-want"

  /// Capabilities of version 0 that a client may ask for, besides those with a value. Some clients
  /// repeat those that need no asking for.
  static let requestable: Set<String> = [
    "multi_ack", "multi_ack_detailed", "no-done", "thin-pack", "side-band", "side-band-64k",
    "ofs-delta", "shallow", "deepen-since", "deepen-not", "deepen-relative", "no-progress",
    "include-tag", "filter",
  ]

  /// Features of `fetch` in version 2. Not `ref-in-want`, with which Git's own client cannot make a
  /// shallow clone; whoever asks for a ref by name all the same is judged by that name.
  static let fetchFeatures: Set<String> = ["shallow", "wait-for-done", "filter", "sideband-all"]

  /// Whether a permission leaves room for a capability that is known; see ``FetchPermission``.
  static func isOffered(_ name: String, _ permission: FetchPermission) -> Bool {
    switch name {
    case "include-tag": permission.allowsEveryTag
    case "thin-pack", "deepen-relative", "filter": permission.allowsEveryObject
    case tipByID, reachableByID: permission.allowsSomeObjectsByID
    default: true
    }
  }

  /// A value of visible ASCII characters of at most 256 bytes, such as that of `agent`.
  static func printable(_ bytes: ArraySlice<UInt8>) -> String? {
    guard (1...256).contains(bytes.count), bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      return nil
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
