/// Takes members out of a JSON object, by name and type.
struct JSONReader {
  private let object: JSONObject
  /// For messages, for example `the envelope`.
  private let name: String

  /// - Throws: ``SignedJobError/Code/malformed`` where the bytes are not one JSON object.
  static func document(
    _ bytes: [UInt8], called name: String
  ) throws(SignedJobError) -> JSONReader {
    let value: JSONValue
    do {
      value = try JSONParser.parse(bytes)
    } catch {
      throw SignedJobError(.malformed, "\(name) is not acceptable JSON: \(error)")
    }
    return try JSONReader(value, called: name)
  }

  private init(_ value: JSONValue, called name: String) throws(SignedJobError) {
    guard case .object(let object) = value else {
      throw SignedJobError(.malformed, "\(name) is not a JSON object")
    }
    self.object = object
    self.name = name
  }

  /// - Throws: Where there is a member of any other name.
  func allow(_ names: Set<String>) throws(SignedJobError) {
    for other in object.names where !names.contains(other) {
      throw malformed("has the unknown member \(Self.quoted(other))")
    }
  }

  func string(_ member: String) throws(SignedJobError) -> String {
    guard let text = try optionalString(member) else { throw malformed("lacks '\(member)'") }
    return text
  }

  func optionalString(_ member: String) throws(SignedJobError) -> String? {
    switch object[member] {
    case nil: return nil
    case .string(let text)?: return text
    default: throw malformed("'\(member)' is not a string")
    }
  }

  func optionalInteger(_ member: String) throws(SignedJobError) -> Int64? {
    switch object[member] {
    case nil: return nil
    case .integer(let value)?: return value
    default: throw malformed("'\(member)' is not an integer")
    }
  }

  /// Empty where there is no such member.
  func strings(_ member: String) throws(SignedJobError) -> [String] {
    switch object[member] {
    case nil: return []
    case .array(let values)?:
      return try values.map { (value) throws(SignedJobError) in
        guard case .string(let text) = value else {
          throw malformed("'\(member)' holds something else than strings")
        }
        return text
      }
    default: throw malformed("'\(member)' is not an array")
    }
  }

  /// The elements of an array; empty where there is no such member.
  func elements(_ member: String) throws(SignedJobError) -> [JSONValue] {
    switch object[member] {
    case nil: return []
    case .array(let values)?: return values
    default: throw malformed("'\(member)' is not an array")
    }
  }

  /// An element of an array that is an object.
  func object(_ value: JSONValue, in member: String) throws(SignedJobError) -> JSONReader {
    try JSONReader(value, called: "\(name): '\(member)'")
  }

  func objects(_ member: String) throws(SignedJobError) -> [JSONReader] {
    guard case .array(let values)? = object[member] else {
      throw malformed("'\(member)' is not an array")
    }
    return try values.map { (value) throws(SignedJobError) in
      try JSONReader(value, called: "\(name): '\(member)'")
    }
  }

  func optionalObject(_ member: String) throws(SignedJobError) -> JSONReader? {
    guard let value = object[member] else { return nil }
    return try JSONReader(value, called: "\(name): '\(member)'")
  }

  var memberNames: [String] { object.names }

  /// Empty where there is no such member.
  func map(_ member: String) throws(SignedJobError) -> [String: String] {
    guard let reader = try optionalObject(member) else { return [:] }
    var map: [String: String] = [:]
    for name in reader.memberNames { map[name] = try reader.string(name) }
    return map
  }

  /// The members of an object, whatever they are; empty where there is no such member.
  func values(_ member: String) throws(SignedJobError) -> [String: JSONValue] {
    guard let reader = try optionalObject(member) else { return [:] }
    return Dictionary(reader.object.members.map { ($0.name, $0.value) }) { first, _ in first }
  }

  func malformed(_ problem: String) -> SignedJobError {
    SignedJobError(.malformed, "\(name) \(problem)")
  }

  /// A peer's text, cut and made printable.
  static func quoted(_ text: String) -> String {
    String(reflecting: String(text.unicodeScalars.prefix(64)))
  }
}
