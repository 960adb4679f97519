/// The capabilities of a server of version 0 or 1 (gitprotocol-capabilities(5)).
struct ServerCapabilities: Sendable {
  /// Symbolic refs and what they stand for.
  private(set) var targets: [RefName: RefName] = [:]
  private var names: [String] = []
  private var agent: String?
  private var format: ObjectFormat?

  init(_ list: ArraySlice<UInt8>) {
    for item in list.split(separator: UInt8(ascii: " ")) {
      guard let equals = item.firstIndex(of: UInt8(ascii: "=")) else {
        let name = String(decoding: item, as: UTF8.self)
        if Self.known.contains(name) { names.append(name) }
        continue
      }
      let value = item[equals...].dropFirst()
      switch String(decoding: item[..<equals], as: UTF8.self) {
      case "agent": agent = Capability.printable(value)
      case "object-format": format = ObjectFormat(rawValue: String(decoding: value, as: UTF8.self))
      case "symref":
        guard let colon = value.firstIndex(of: UInt8(ascii: ":")),
          let name = RefName(value[..<colon]), let target = RefName(value[colon...].dropFirst())
        else { continue }
        targets[name] = target
      default: continue
      }
    }
  }

  /// Those that a client may know of, with a space between one and the next.
  func text(for permission: FetchPermission) -> String {
    var words = names.filter { Capability.isOffered($0, permission) }
    if !permission.commits.isEmpty {
      // A client that sees no ref with such a commit asks only where it may ask by id. Whether the
      // server gives the commit out is for the server to say.
      words += [Capability.tipByID, Capability.reachableByID].filter { !words.contains($0) }
    }
    for (name, target) in targets.sorted(by: { $0.key.rawValue < $1.key.rawValue })
    where permission.allows(name, standingFor: target) && permission.allows(target) {
      words.append("symref=\(name):\(target)")
    }
    if let format { words.append("object-format=\(format.rawValue)") }
    if let agent { words.append("agent=\(agent)") }
    return words.joined(separator: " ")
  }

  private static let known = Capability.requestable.union([
    Capability.tipByID, Capability.reachableByID,
  ])
}
