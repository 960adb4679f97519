/// Checks the body of `POST <repository>/git-upload-pack` in version 2 (gitprotocol-v2(5)): one
/// command, `ls-refs` or `fetch`.
///
/// Every line is parsed, and written anew from what was understood, so that the server cannot
/// understand another thing. See ``FetchRequestInspector`` for what is held.
package struct V2RequestInspector: Sendable {
  package enum Command: String, Hashable, Sendable {
    case lsRefs = "ls-refs"
    case fetch
  }

  private enum Phase: Sendable {
    case command
    case capabilities
    case arguments
    case done
  }

  private var phase = Phase.command
  private var reader = RequestReader()
  private var arguments: FetchArguments

  /// Nil until it was read, and where the request is a flush alone.
  package private(set) var command: Command?
  /// Whether the whole answer will be multiplexed (`sideband-all`).
  package private(set) var isMultiplexed = false

  package init(permission: FetchPermission) {
    arguments = FetchArguments(permission: permission)
  }

  /// Whether nothing may follow what was read.
  package var isComplete: Bool { phase == .done }

  package var record: FetchRecord {
    var record = arguments.record
    record.isListing = command == .lsRefs
    return record
  }

  /// Takes a piece of the request.
  ///
  /// - Returns: What may go to the server, all of it checked.
  /// - Throws: ``FetchRefusal``; the request is over then.
  package mutating func receive(
    _ piece: [UInt8], shown: ShownObjects
  ) throws(FetchRefusal) -> [UInt8] {
    reader.supply(piece)
    while let line = try reader.next() { try take(line, shown) }
    return reader.take(isComplete: phase == .done)
  }

  /// The request has ended.
  ///
  /// - Throws: ``FetchRefusal`` where it is not complete.
  package mutating func finish() throws(FetchRefusal) {
    try reader.finish()
    guard phase == .done else { throw FetchRefusal(.malformed, "it ends too early") }
  }

  private mutating func take(
    _ line: PktLine, _ shown: ShownObjects
  ) throws(FetchRefusal) {
    switch (phase, line) {
    // A client may have nothing to ask.
    case (.command, .flush), (.capabilities, .flush), (.arguments, .flush):
      try arguments.finish()
      reader.output.flush()
      phase = .done
    case (.capabilities, .delimiter):
      reader.output.delimiter()
      phase = .arguments
    case (.command, .data(let data)): try takeCommand(PktLine.text(of: data))
    case (.capabilities, .data(let data)): try takeCapability(PktLine.text(of: data))
    case (.arguments, .data(let data)):
      if command == .lsRefs {
        try takeListing(data)
      } else if try !takeHistory(data, shown) {
        try takeOption(data)
      }
    default: throw FetchRefusal(.malformed, "a packet that does not belong where it is")
    }
  }

  private mutating func takeCommand(_ text: ArraySlice<UInt8>) throws(FetchRefusal) {
    guard text.starts(with: "command=".utf8) else { throw FetchRefusal(.malformed, quoting: text) }
    let name = text.dropFirst("command=".utf8.count)
    guard let command = Command(rawValue: String(decoding: name, as: UTF8.self)) else {
      throw FetchRefusal(.command, quoting: name)
    }
    self.command = command
    reader.output.line("command=\(command.rawValue)")
    phase = .capabilities
  }

  private mutating func takeCapability(_ text: ArraySlice<UInt8>) throws(FetchRefusal) {
    guard let word = Capability.printable(text) else {
      throw FetchRefusal(.capability, quoting: text)
    }
    if word.hasPrefix("object-format=") {
      try arguments.use(text.dropFirst("object-format=".utf8.count))
    } else if !word.hasPrefix("agent=") {
      throw FetchRefusal(.capability, word)
    }
    reader.output.line(word)
  }

  /// An argument of `ls-refs`. Prefixes are the client's own business: what matters is which refs
  /// of the answer go on.
  private mutating func takeListing(_ line: ArraySlice<UInt8>) throws(FetchRefusal) {
    let (keyword, value) = RequestReader.split(line)
    switch (keyword, value) {
    case ("peel", nil), ("symrefs", nil), ("unborn", nil): reader.output.line(keyword)
    case ("ref-prefix", let prefix?):
      guard prefix.count <= RefName.maximumLength, prefix.allSatisfy({ $0 > 0x20 && $0 != 0x7F })
      else { throw FetchRefusal(.malformed, quoting: line) }
      reader.output.line {
        $0 += "ref-prefix ".utf8
        $0 += prefix
      }
    default: throw FetchRefusal(.argument, quoting: PktLine.text(of: line))
    }
  }

  /// An argument of `fetch` that names objects, refs or depths.
  ///
  /// - Returns: False where it is of another kind.
  private mutating func takeHistory(
    _ line: ArraySlice<UInt8>, _ shown: ShownObjects
  ) throws(FetchRefusal) -> Bool {
    let (keyword, value) = RequestReader.split(line)
    guard let value else { return false }
    switch keyword {
    case "want": reader.output.line("want \(try arguments.want(value, shown))")
    case "want-ref": reader.output.line("want-ref \(try arguments.wantRef(value, shown))")
    case "have": reader.output.line("have \(try arguments.have(value))")
    case "shallow": reader.output.line("shallow \(try arguments.shallow(value))")
    case "deepen": reader.output.line("deepen \(try arguments.deepen(value))")
    case "deepen-since": reader.output.line("deepen-since \(try arguments.deepenSince(value))")
    case "deepen-not":
      reader.output.line("deepen-not \(try arguments.deepenNot(value, shown))")
    case "filter":
      if let filter = try arguments.filter(value) { reader.output.line("filter \(filter)") }
    default: throw FetchRefusal(.argument, quoting: PktLine.text(of: line))
    }
    return true
  }

  private mutating func takeOption(_ line: ArraySlice<UInt8>) throws(FetchRefusal) {
    let (keyword, _) = RequestReader.split(line)
    switch keyword {
    case "done", "thin-pack", "no-progress", "include-tag", "ofs-delta", "deepen-relative",
      "sideband-all", "wait-for-done":
      guard try arguments.takesOption(keyword) else { return }
      if keyword == "sideband-all" { isMultiplexed = true }
      reader.output.line(keyword)
    default: throw FetchRefusal(.argument, quoting: PktLine.text(of: line))
    }
  }
}
