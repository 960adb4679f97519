/// The arguments of a fetch, which versions 0 and 2 of the protocol have in common: each is checked
/// and written anew.
struct FetchArguments: Sendable {
  /// The depth by which Git's client says "all of it". A server then sends the history behind
  /// whatever commits the client calls its shallow ones, without looking who reaches them
  /// (git upload-pack's INFINITE_DEPTH).
  static let infiniteDepth = Int(Int32.max)

  let permission: FetchPermission
  private(set) var record = FetchRecord()
  /// Of the ids in this request; all are of one.
  private(set) var format: ObjectFormat?

  init(permission: FetchPermission) { self.permission = permission }

  /// The client names the format itself (`object-format`).
  mutating func use(_ name: ArraySlice<UInt8>) throws(FetchRefusal) {
    guard let format = ObjectFormat(rawValue: String(decoding: name, as: UTF8.self)) else {
      throw FetchRefusal(.capability, quoting: name)
    }
    guard format == self.format ?? format else {
      throw FetchRefusal(.malformed, "ids of another format")
    }
    self.format = format
  }

  mutating func want(
    _ digits: ArraySlice<UInt8>, _ shown: ShownObjects
  ) throws(FetchRefusal) -> ObjectID {
    let id = try parseID(digits)
    let isShown = shown.contains(id)
    guard isShown || permission.allowsEveryObject || permission.commits.contains(id) else {
      throw FetchRefusal(.object, "\(id)")
    }
    record.wantCount += 1
    if record.wants.count < FetchRecord.limit {
      record.wants.append(FetchRecord.Want(id: id, ref: isShown ? shown.name(of: id) : nil))
    }
    return id
  }

  mutating func wantRef(
    _ text: ArraySlice<UInt8>, _ shown: ShownObjects
  ) throws(FetchRefusal) -> RefName {
    guard let name = RefName(text), permission.allows(name, standingFor: shown.head) else {
      throw FetchRefusal(.ref, quoting: text)
    }
    record.wantedRefCount += 1
    if record.wantedRefs.count < FetchRecord.limit { record.wantedRefs.append(name) }
    return name
  }

  mutating func have(_ digits: ArraySlice<UInt8>) throws(FetchRefusal) -> ObjectID {
    let id = try parseID(digits)
    record.haveCount += 1
    return id
  }

  mutating func shallow(_ digits: ArraySlice<UInt8>) throws(FetchRefusal) -> ObjectID {
    let id = try parseID(digits)
    record.shallowCount += 1
    return id
  }

  /// - Returns: A depth with which the server starts from what is wanted. One less than infinite
  ///   reaches as far, and sends the same to an honest client.
  mutating func deepen(_ text: ArraySlice<UInt8>) throws(FetchRefusal) -> Int {
    guard record.depth == nil, let depth = Self.number(text), (1...Self.infiniteDepth) ~= depth
    else { throw FetchRefusal(.malformed, quoting: text) }
    record.depth = depth
    return permission.allowsEveryObject ? depth : min(depth, Self.infiniteDepth - 1)
  }

  mutating func deepenSince(_ text: ArraySlice<UInt8>) throws(FetchRefusal) -> Int {
    guard record.deepenSince == nil, let time = Self.number(text), time > 0 else {
      throw FetchRefusal(.malformed, quoting: text)
    }
    record.deepenSince = time
    return time
  }

  /// - Returns: What the server looks up. It would take a short name for whatever ref it finds, so
  ///   that a short name goes on only where every ref that it may stand for is allowed; where one
  ///   is, that goes on by its full name.
  mutating func deepenNot(
    _ text: ArraySlice<UInt8>, _ shown: ShownObjects
  ) throws(FetchRefusal) -> String {
    guard record.deepenNot.count < FetchRecord.limit else {
      throw FetchRefusal(.malformed, "more than \(FetchRecord.limit) deepen-not")
    }
    if let name = RefName(text) {
      guard permission.allows(name, standingFor: shown.head) else {
        throw FetchRefusal(.ref, quoting: text)
      }
      record.deepenNot.append(name)
      return name.rawValue
    }
    // As git-rev-parse(1) does; a name in capitals may stand for none of these, but for itself.
    let text = String(decoding: text, as: UTF8.self)
    let names = ["refs/\(text)", "refs/tags/\(text)", "refs/heads/\(text)", "refs/remotes/\(text)"]
      .compactMap { RefName($0) }
    let allowed = names.filter(permission.allows)
    guard let first = allowed.first else {
      throw FetchRefusal(.ref, quoting: Array(text.utf8)[...])
    }
    record.deepenNot.append(first)
    if allowed.count == 1 { return first.rawValue }
    guard allowed.count == names.count, text.utf8.contains(where: { $0 >= UInt8(ascii: "a") })
    else {
      throw FetchRefusal(.ambiguousRef, quoting: Array(text.utf8)[...])
    }
    return text
  }

  /// - Returns: Nil for one that is left out, with which the client gets more than it asked for:
  ///   Git's client in version 0 sends it although it was not offered, and says so.
  mutating func filter(_ text: ArraySlice<UInt8>) throws(FetchRefusal) -> FilterSpec? {
    guard record.filter == nil, let filter = FilterSpec(text) else {
      throw FetchRefusal(.filter, quoting: text)
    }
    guard permission.allowsEveryObject else { return nil }
    record.filter = filter
    return filter
  }

  /// Takes a capability of version 0, or an argument of version 2 without a value, that is known.
  ///
  /// - Returns: False for one that is left out. Git's client asks for these without an offer (in
  ///   version 2 there is none to wait for) and gets along without.
  /// - Throws: ``FetchRefusal`` for one without which the request would mean another thing.
  func takesOption(_ name: String) throws(FetchRefusal) -> Bool {
    if Capability.isOffered(name, permission) { return true }
    guard name != "deepen-relative" else { throw FetchRefusal(.relativeDepth) }
    return false
  }

  /// - Throws: ``FetchRefusal`` where arguments that are in order by themselves are not together.
  func finish() throws(FetchRefusal) {
    guard record.depth == nil || record.deepenSince == nil && record.deepenNot.isEmpty else {
      throw FetchRefusal(.malformed, "deepen with deepen-since or deepen-not")
    }
  }

  private mutating func parseID(_ digits: ArraySlice<UInt8>) throws(FetchRefusal) -> ObjectID {
    guard let id = ObjectID(digits), !id.isZero, id.format == format ?? id.format else {
      throw FetchRefusal(.malformed, "not an object id")
    }
    format = id.format
    return id
  }

  /// Decimal digits only: a server reads `0x` and leading zeros in its own way.
  private static func number(_ text: ArraySlice<UInt8>) -> Int? {
    guard (1...18).contains(text.count), text.first != UInt8(ascii: "0"),
      text.allSatisfy({ (0x30...0x39).contains($0) })
    else { return nil }
    return Int(String(decoding: text, as: UTF8.self))
  }
}
