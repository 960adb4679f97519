internal import FoundationEssentials
package import SallyportCore

extension SecretSource {
  /// Takes the secrets out of a provider's answer.
  ///
  /// - Parameter wanted: Of this source; others are not looked at.
  /// - Throws: ``SecretFailure`` where the answer is no JSON object or lacks a field. Nothing of the
  ///   answer is in it.
  package func secrets(
    in answer: SecretValue, wanted: some Collection<SecretName>
  ) throws(SecretFailure) -> [SecretName: SecretValue] {
    switch contents {
    case .whole(let name): return [name: answer]
    case .fields(let fields):
      let fail = { (reason: String) in
        SecretFailure(.malformed, wanted.sorted(), provider.kind, reason)
      }
      let document = answer.withBytes { bytes in
        try? JSONDecoder().decode(JSONNode.self, from: Data(bytes))
      }
      guard let document else { throw fail("its answer is not JSON") }
      guard case .object = document else { throw fail("its answer is not a JSON object") }
      var secrets: [SecretName: SecretValue] = [:]
      for name in wanted {
        guard let field = fields[name] else { continue }
        guard let found = document[field.members] else {
          throw SecretFailure(
            .malformed, [name], provider.kind, "its answer has no field '\(field)'")
        }
        guard case .text(let text) = found else {
          throw SecretFailure(
            .malformed, [name], provider.kind, "the field '\(field)' of its answer is not a text")
        }
        secrets[name] = SecretValue(text.utf8)
      }
      return secrets
    }
  }
}

/// As much of a JSON document as has to be told apart.
private indirect enum JSONNode: Decodable {
  case object([String: JSONNode])
  case text(String)
  case other

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let object = try? container.decode([String: JSONNode].self) {
      self = .object(object)
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else {
      self = .other
    }
  }

  subscript(members: [String]) -> JSONNode? {
    var node = self
    for member in members {
      guard case .object(let object) = node, let next = object[member] else { return nil }
      node = next
    }
    return node
  }
}
