/// Checks the body of `POST <repository>/git-upload-pack` in version 0 or 1 (gitprotocol-pack(5)).
///
/// Every line is parsed, and written anew from what was understood, so that the server cannot
/// understand another thing. See ``FetchRequestInspector`` for what is held.
package struct UploadPackRequestInspector: Sendable {
  private enum Phase: Sendable {
    case firstWant
    case wants
    case haves
    /// A flush was read among the haves: the request may end here.
    case pause
    case done
  }

  private var phase = Phase.firstWant
  private var reader = RequestReader()
  private var arguments: FetchArguments
  private var filters = false

  package init(permission: FetchPermission) {
    arguments = FetchArguments(permission: permission)
  }

  package var record: FetchRecord { arguments.record }
  /// Whether nothing may follow what was read.
  package var isComplete: Bool { phase == .done }

  /// Takes a piece of the request.
  ///
  /// - Returns: What may go to the server, all of it checked.
  /// - Throws: ``FetchRefusal``; the request is over then.
  package mutating func receive(
    _ piece: [UInt8], shown: ShownObjects
  ) throws(FetchRefusal) -> [UInt8] {
    reader.supply(piece)
    while let line = try reader.next() { try take(line, shown) }
    return reader.take(isComplete: phase != .firstWant && phase != .wants)
  }

  /// The request has ended.
  ///
  /// - Throws: ``FetchRefusal`` where it is not complete.
  package mutating func finish() throws(FetchRefusal) {
    try reader.finish()
    guard phase == .pause || phase == .done else {
      throw FetchRefusal(.malformed, "it ends too early")
    }
  }

  private mutating func take(
    _ line: PktLine, _ shown: ShownObjects
  ) throws(FetchRefusal) {
    switch (phase, line) {
    case (.done, _): throw FetchRefusal(.malformed, "more behind the end")
    // By a flush alone Git's client finds out whether it may ask.
    case (.firstWant, .flush):
      reader.output.flush()
      phase = .done
    case (.wants, .flush):
      try arguments.finish()
      reader.output.flush()
      phase = .pause
    case (.haves, .flush), (.pause, .flush):
      reader.output.flush()
      phase = .pause
    case (.firstWant, .data(let data)), (.wants, .data(let data)):
      try takeWant(data, shown)
    case (.haves, .data(let data)), (.pause, .data(let data)):
      try takeHave(data)
    case (_, .delimiter), (_, .responseEnd):
      throw FetchRefusal(.malformed, "a delimiter")
    }
  }

  private mutating func takeWant(
    _ line: ArraySlice<UInt8>, _ shown: ShownObjects
  ) throws(FetchRefusal) {
    let (keyword, value) = RequestReader.split(line)
    guard let value else { throw FetchRefusal(.malformed, quoting: line) }
    guard phase == .wants || keyword == "want" else {
      throw FetchRefusal(.malformed, quoting: line)
    }
    switch keyword {
    case "want" where phase == .firstWant:
      phase = .wants
      let end = value.firstIndex(of: UInt8(ascii: " ")) ?? value.endIndex
      let id = try arguments.want(value[..<end], shown)
      let capabilities = try takeCapabilities(value[end...])
      reader.output.line("want \(id)\(capabilities)")
    case "want": reader.output.line("want \(try arguments.want(value, shown))")
    case "shallow": reader.output.line("shallow \(try arguments.shallow(value))")
    case "deepen": reader.output.line("deepen \(try arguments.deepen(value))")
    case "deepen-since": reader.output.line("deepen-since \(try arguments.deepenSince(value))")
    case "deepen-not":
      reader.output.line("deepen-not \(try arguments.deepenNot(value, shown))")
    case "filter":
      guard let filter = try arguments.filter(value) else { return }
      guard filters else { throw FetchRefusal(.malformed, "a filter without the capability") }
      reader.output.line("filter \(filter)")
    default: throw FetchRefusal(.malformed, quoting: line)
    }
  }

  /// - Returns: The capabilities, each behind a space.
  private mutating func takeCapabilities(
    _ list: ArraySlice<UInt8>
  ) throws(FetchRefusal) -> String {
    var text = ""
    for item in list.split(separator: UInt8(ascii: " ")) {
      guard let word = Capability.printable(item) else {
        throw FetchRefusal(.capability, quoting: item)
      }
      if word.hasPrefix("object-format=") {
        try arguments.use(item.dropFirst("object-format=".utf8.count))
      } else if !word.hasPrefix("agent=") {
        guard Capability.requestable.contains(word) else {
          throw FetchRefusal(.capability, quoting: item)
        }
        guard try arguments.takesOption(word) else { continue }
        if word == "filter" { filters = true }
      }
      text += " \(word)"
    }
    return text
  }

  private mutating func takeHave(_ line: ArraySlice<UInt8>) throws(FetchRefusal) {
    let (keyword, value) = RequestReader.split(line)
    switch (keyword, value) {
    case ("have", let value?):
      reader.output.line("have \(try arguments.have(value))")
      phase = .haves
    case ("done", nil):
      reader.output.line("done")
      phase = .done
    default: throw FetchRefusal(.malformed, quoting: line)
    }
  }
}
