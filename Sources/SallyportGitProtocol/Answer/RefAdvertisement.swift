/// The refs of an advertisement of version 0 or 1 (gitprotocol-pack(5)), line by line.
struct RefAdvertisement: Sendable {
  private enum Phase: Sendable {
    /// The first line has the capabilities.
    case first
    case refs
    /// Behind the refs, or behind the line that says that there are none.
    case shallow
  }

  private var phase = Phase.first
  private var format: ObjectFormat?
  /// Of the server; told to the client with the first line that goes on.
  private var capabilities: ServerCapabilities?
  private var hasWritten = false
  /// The ref of the line before, where that went on.
  private var last: (name: RefName, label: RefName)?
  private(set) var count = RefCount()

  /// - Returns: Whether the advertisement is over.
  mutating func take(
    _ line: PktLine, _ permission: FetchPermission, _ output: inout PktLineWriter,
    _ shown: inout ShownObjects
  ) throws(InvalidAnswer) -> Bool {
    switch line {
    case .data(let data):
      try take(PktLine.text(of: data), permission, &output, &shown)
      return false
    case .flush:
      try writeEmptyList(permission, &output)
      output.flush()
      return true
    case .delimiter, .responseEnd:
      throw InvalidAnswer(.malformed, "a delimiter among refs")
    }
  }

  private mutating func take(
    _ text: ArraySlice<UInt8>, _ permission: FetchPermission, _ output: inout PktLineWriter,
    _ shown: inout ShownObjects
  ) throws(InvalidAnswer) {
    if phase != .first, text.starts(with: Self.shallow) {
      let id = try parseID(text.dropFirst(Self.shallow.count))
      try writeEmptyList(permission, &output)
      phase = .shallow
      try Self.check(
        output.line {
          $0 += Self.shallow
          id.write(into: &$0)
        })
      return
    }
    var text = text
    if phase == .first {
      let end = text.firstIndex(of: 0) ?? text.endIndex
      capabilities = ServerCapabilities(text[end...].dropFirst())
      text = text[..<end]
      phase = .refs
    }
    guard phase == .refs, let space = text.firstIndex(of: UInt8(ascii: " ")) else {
      throw InvalidAnswer(.malformed, "neither a ref nor a shallow line")
    }
    let id = try parseID(text[..<space])
    try takeRef(id, text[space...].dropFirst(), permission, &output, &shown)
  }

  private mutating func takeRef(
    _ id: ObjectID, _ name: ArraySlice<UInt8>, _ permission: FetchPermission,
    _ output: inout PktLineWriter, _ shown: inout ShownObjects
  ) throws(InvalidAnswer) {
    if name.elementsEqual(Self.noRefs) {
      guard id.isZero, !hasWritten, count == RefCount() else {
        throw InvalidAnswer(.malformed, "no refs, among refs")
      }
      phase = .shallow
      return
    }
    let isPeeled = name.suffix(Self.peeled.count).elementsEqual(Self.peeled)
    if isPeeled {
      // Follows its tag, or is not shown.
      guard let last, name.dropLast(Self.peeled.count).elementsEqual(last.name.utf8) else { return }
      try show(id, as: last.label, permission, &shown)
      try write(id, name, permission, &output)
      self.last = nil
      return
    }
    last = nil
    guard !id.isZero, let ref = RefName(name) else {
      // `.have`, and names that Git does not allow.
      count.withheld += 1
      return
    }
    let target = capabilities?.targets[ref]
    guard permission.allows(ref, standingFor: target) else {
      count.withheld += 1
      return
    }
    count.shown += 1
    if ref == .head { shown.head = target }
    let label = target ?? ref
    last = (ref, label)
    try show(id, as: label, permission, &shown)
    try write(id, name, permission, &output)
  }

  private func show(
    _ id: ObjectID, as name: RefName, _ permission: FetchPermission, _ shown: inout ShownObjects
  ) throws(InvalidAnswer) {
    // Where any id may be asked for, it need not be known.
    guard shown.show(id, as: name) || permission.allowsEveryObject else {
      throw InvalidAnswer(.tooManyObjects, "more than \(shown.limits.objects)")
    }
  }

  private mutating func write(
    _ id: ObjectID, _ name: ArraySlice<UInt8>, _ permission: FetchPermission,
    _ output: inout PktLineWriter
  ) throws(InvalidAnswer) {
    let capabilities = hasWritten ? nil : self.capabilities?.text(for: permission)
    hasWritten = true
    try Self.check(
      output.line {
        id.write(into: &$0)
        $0.append(UInt8(ascii: " "))
        $0 += name
        guard let capabilities else { return }
        $0.append(0)
        $0 += capabilities.utf8
      })
  }

  /// Tells the client the capabilities where there is no ref to tell them with.
  private mutating func writeEmptyList(
    _ permission: FetchPermission, _ output: inout PktLineWriter
  ) throws(InvalidAnswer) {
    guard !hasWritten, capabilities != nil else { return }
    try write(.zero(format ?? .sha1), Self.noRefs[...], permission, &output)
  }

  private mutating func parseID(_ digits: ArraySlice<UInt8>) throws(InvalidAnswer) -> ObjectID {
    guard let id = ObjectID(digits), id.format == format ?? id.format else {
      throw InvalidAnswer(.malformed, "not an object id")
    }
    format = id.format
    return id
  }

  private static func check(_ fits: Bool) throws(InvalidAnswer) {
    guard fits else { throw InvalidAnswer(.malformed, "a line too long to pass on") }
  }

  private static let shallow = Array("shallow ".utf8)
  private static let noRefs = Array("capabilities^{}".utf8)
  private static let peeled = Array("^{}".utf8)
}
