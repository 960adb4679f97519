/// Lets through what a client may see of the answer to `ls-refs` (gitprotocol-v2(5)).
///
/// Every line is parsed, and written anew from what was understood. `HEAD` goes on where what it
/// stands for may be shown; a server tells that only to a client that asks with `symrefs`. Holds
/// one incomplete line of at most ``PktLine/maximumLength`` bytes.
package struct LsRefsFilter: Sendable {
  private let permission: FetchPermission
  private var reader: AnswerReader
  private var output = PktLineWriter()
  private var isOver = false
  private var format: ObjectFormat?

  /// Refs that went on, and those that did not.
  package private(set) var refs = RefCount()

  /// - Parameter maximumBytes: Of the answer. A million refs are some 70 MiB.
  package init(permission: FetchPermission, maximumBytes: Int = 256 << 20) {
    self.permission = permission
    reader = AnswerReader(maximumBytes: maximumBytes)
  }

  /// Takes a piece of the server's answer.
  ///
  /// - Parameter shown: Has the ids of what is returned when this returns.
  /// - Returns: What goes to the client.
  /// - Throws: ``InvalidAnswer``; the answer is over then.
  package mutating func receive(
    _ piece: [UInt8], showing shown: inout ShownObjects
  ) throws(InvalidAnswer) -> [UInt8] {
    try reader.supply(piece)
    while let line = try reader.next() {
      guard !isOver else { throw InvalidAnswer(.malformed, "more than one answer") }
      switch line {
      case .data(let data): try take(PktLine.text(of: data), &shown)
      case .flush:
        output.flush()
        isOver = true
      case .delimiter, .responseEnd: throw InvalidAnswer(.malformed, "a delimiter among refs")
      }
    }
    return output.take()
  }

  /// The server's answer has ended.
  ///
  /// - Throws: ``InvalidAnswer`` where it is not complete.
  package mutating func finish() throws(InvalidAnswer) {
    try reader.finish()
    guard isOver else { throw InvalidAnswer(.malformed, "it ends too early") }
  }

  private mutating func take(
    _ text: ArraySlice<UInt8>, _ shown: inout ShownObjects
  ) throws(InvalidAnswer) {
    var words = Words(text)
    guard let digits = words.next(), let ref = words.next() else {
      throw InvalidAnswer(.malformed, "not a ref")
    }
    let id = digits.elementsEqual(Self.unborn) ? nil : try parseID(digits)
    guard let name = RefName(ref) else {
      refs.withheld += 1
      return
    }
    let attributes = try Attributes(words)
    let peeled = if let digits = attributes.peeled { try parseID(digits) } else { nil as ObjectID? }
    guard permission.allows(name, standingFor: attributes.target) else {
      refs.withheld += 1
      return
    }
    refs.shown += 1
    if name == .head { shown.head = attributes.target }
    let label = attributes.target.map { name == .head ? $0 : name } ?? name
    if let id { try show(id, as: label, &shown) }
    if let peeled { try show(peeled, as: label, &shown) }
    try write(id, name, attributes.target.flatMap { permission.allows($0) ? $0 : nil }, peeled)
  }

  private func show(
    _ id: ObjectID, as name: RefName, _ shown: inout ShownObjects
  ) throws(InvalidAnswer) {
    guard shown.show(id, as: name) || permission.allowsEveryObject else {
      throw InvalidAnswer(.tooManyObjects, "more than \(shown.limits.objects)")
    }
  }

  private mutating func write(
    _ id: ObjectID?, _ name: RefName, _ target: RefName?, _ peeled: ObjectID?
  ) throws(InvalidAnswer) {
    let fits = output.line {
      if let id { id.write(into: &$0) } else { $0 += Self.unborn }
      $0.append(UInt8(ascii: " "))
      $0 += name.utf8
      if let target {
        $0.append(UInt8(ascii: " "))
        $0 += Self.symref
        $0 += target.utf8
      }
      if let peeled {
        $0.append(UInt8(ascii: " "))
        $0 += Self.peeled
        peeled.write(into: &$0)
      }
    }
    guard fits else { throw InvalidAnswer(.malformed, "a line too long to pass on") }
  }

  private mutating func parseID(_ digits: ArraySlice<UInt8>) throws(InvalidAnswer) -> ObjectID {
    guard let id = ObjectID(digits), !id.isZero, id.format == format ?? id.format else {
      throw InvalidAnswer(.malformed, "not an object id")
    }
    format = id.format
    return id
  }

  /// What follows a ref's name; of what is not known, nothing goes on.
  private struct Attributes {
    var target: RefName?
    var peeled: ArraySlice<UInt8>?

    init(_ words: consuming Words) throws(InvalidAnswer) {
      while let word = words.next() {
        if word.starts(with: LsRefsFilter.symref) {
          // One that cannot be read might stand for anything.
          guard target == nil, let name = RefName(word.dropFirst(LsRefsFilter.symref.count)) else {
            throw InvalidAnswer(.malformed, "not the target of a symbolic ref")
          }
          target = name
        } else if word.starts(with: LsRefsFilter.peeled) {
          peeled = word.dropFirst(LsRefsFilter.peeled.count)
        }
      }
    }
  }

  private static let unborn = Array("unborn".utf8)
  private static let symref = Array("symref-target:".utf8)
  private static let peeled = Array("peeled:".utf8)
}
