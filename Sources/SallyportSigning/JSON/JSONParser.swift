/// Reads JSON (RFC 8259) where two readers must never disagree about what a text says.
///
/// Stricter than the RFC: a name that occurs twice is an error, as are fractions and exponents,
/// integers beyond 64 bits, lone surrogates, a byte order mark and anything after the value.
/// Bounded in length and depth, and it never traps.
package struct JSONParser {
  /// Bytes.
  package static let maximumLength = 1 << 20
  package static let maximumDepth = 8

  private let bytes: [UInt8]
  private var position = 0
  private var depth = 0

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  package static func parse(_ bytes: [UInt8]) throws(JSONSyntaxError) -> JSONValue {
    guard bytes.count <= maximumLength else { throw JSONSyntaxError(code: .tooLong, offset: 0) }
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw JSONSyntaxError(code: .invalidUTF8, offset: 0)
    }
    var parser = JSONParser(bytes)
    let value = try parser.value()
    parser.skipSpace()
    guard parser.position == bytes.count else { throw parser.error(.trailingBytes) }
    return value
  }

  private mutating func value() throws(JSONSyntaxError) -> JSONValue {
    skipSpace()
    switch try peek() {
    case UInt8(ascii: "{"): return .object(try object())
    case UInt8(ascii: "["): return .array(try array())
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try literal("true", .boolean(true))
    case UInt8(ascii: "f"): return try literal("false", .boolean(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .integer(try integer())
    default: throw error(.unexpectedByte)
    }
  }

  private mutating func object() throws(JSONSyntaxError) -> JSONObject {
    try enter()
    var object = JSONObject()
    skipSpace()
    if try peek() != UInt8(ascii: "}") {
      repeat {
        skipSpace()
        let start = position
        let name = try string()
        skipSpace()
        try expect(UInt8(ascii: ":"))
        guard object.append(name, try value()) else {
          throw JSONSyntaxError(code: .duplicateName, offset: start)
        }
        skipSpace()
      } while try consumes(UInt8(ascii: ","))
    }
    try expect(UInt8(ascii: "}"))
    depth -= 1
    return object
  }

  private mutating func array() throws(JSONSyntaxError) -> [JSONValue] {
    try enter()
    var values: [JSONValue] = []
    skipSpace()
    if try peek() != UInt8(ascii: "]") {
      repeat {
        values.append(try value())
        skipSpace()
      } while try consumes(UInt8(ascii: ","))
    }
    try expect(UInt8(ascii: "]"))
    depth -= 1
    return values
  }

  /// Past the opening bracket, whichever it is.
  private mutating func enter() throws(JSONSyntaxError) {
    depth += 1
    guard depth <= Self.maximumDepth else { throw error(.tooDeep) }
    position += 1
  }

  private mutating func string() throws(JSONSyntaxError) -> String {
    try expect(UInt8(ascii: "\""))
    var text: [UInt8] = []
    while true {
      let byte = try peek()
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"): text += try escaped()
      case 0..<0x20: throw error(.controlCharacter)
      default:
        text.append(byte)
        position += 1
      }
    }
  }

  private mutating func escaped() throws(JSONSyntaxError) -> [UInt8] {
    let start = position
    position += 1
    let byte = try peek()
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"): break
    default: throw JSONSyntaxError(code: .invalidEscape, offset: start)
    }
    var code = try hexadecimal(start)
    if (0xD800..<0xDC00).contains(code) {
      // The low surrogate follows, or the text stands for no character.
      guard try consumes(UInt8(ascii: "\\")), try consumes(UInt8(ascii: "u")) else {
        throw JSONSyntaxError(code: .invalidEscape, offset: start)
      }
      let low = try hexadecimal(start)
      guard (0xDC00..<0xE000).contains(low) else {
        throw JSONSyntaxError(code: .invalidEscape, offset: start)
      }
      code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(code) else {
      throw JSONSyntaxError(code: .invalidEscape, offset: start)
    }
    return Array(String(Character(scalar)).utf8)
  }

  private mutating func hexadecimal(_ start: Int) throws(JSONSyntaxError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = Character(Unicode.Scalar(try peek())).hexDigitValue else {
        throw JSONSyntaxError(code: .invalidEscape, offset: start)
      }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }

  private mutating func integer() throws(JSONSyntaxError) -> Int64 {
    let start = position
    while position < bytes.count, Self.isNumberByte(bytes[position]) { position += 1 }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    // Only the shortest form: no leading zero or plus, no -0.
    guard let value = Int64(text), String(value) == text else {
      throw JSONSyntaxError(code: .invalidNumber, offset: start)
    }
    return value
  }

  private static func isNumberByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"),
      UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
      true
    default: false
    }
  }

  private mutating func literal(
    _ text: StaticString, _ value: JSONValue
  ) throws(JSONSyntaxError) -> JSONValue {
    let expected = Array(text.description.utf8)
    guard bytes[position...].starts(with: expected) else { throw error(.unexpectedByte) }
    position += expected.count
    return value
  }

  private func peek() throws(JSONSyntaxError) -> UInt8 {
    guard position < bytes.count else { throw error(.unexpectedEnd) }
    return bytes[position]
  }

  private mutating func expect(_ byte: UInt8) throws(JSONSyntaxError) {
    guard try consumes(byte) else { throw error(.unexpectedByte) }
  }

  private mutating func consumes(_ byte: UInt8) throws(JSONSyntaxError) -> Bool {
    guard try peek() == byte else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) {
      position += 1
    }
  }

  private func error(_ code: JSONSyntaxError.Code) -> JSONSyntaxError {
    JSONSyntaxError(code: code, offset: position)
  }
}
