/// The members of a JSON object, in the order of the text; no name occurs twice.
package struct JSONObject: Hashable, Sendable {
  package struct Member: Hashable, Sendable {
    package let name: String
    package let value: JSONValue
  }

  package private(set) var members: [Member] = []
  private var places: [String: Int] = [:]

  package init() {}

  package var names: [String] { members.map(\.name) }

  package subscript(name: String) -> JSONValue? { places[name].map { members[$0].value } }

  /// - Returns: False, and nothing is added, where there is a member of this name.
  package mutating func append(_ name: String, _ value: JSONValue) -> Bool {
    guard places[name] == nil else { return false }
    places[name] = members.count
    members.append(Member(name: name, value: value))
    return true
  }

  package static func == (left: JSONObject, right: JSONObject) -> Bool {
    left.members == right.members
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(members) }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  /// Of two members with one name, the first counts.
  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    for (name, value) in elements { _ = append(name, value) }
  }
}
