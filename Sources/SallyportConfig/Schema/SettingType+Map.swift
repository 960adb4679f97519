extension SettingType where Value == [String: String] {
  /// A table with free keys and texts as values, such as labels; `KEY=VALUE,KEY=VALUE` in
  /// environment variables and flags.
  package static func map(maximumCount: Int = 1_000) -> SettingType {
    SettingType(
      name: "table of strings", expected: "a table of at most \(maximumCount) texts", shape: .map,
      render: { map in
        let texts = map.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }
        return texts.isEmpty ? "{}" : texts.joined(separator: ",")
      }
    ) { raw, _ throws(Refusal) in
      guard case .map(let map) = raw.value, !map.keys.contains("") else { throw Refusal() }
      guard map.count <= maximumCount else { throw Refusal(found: "\(map.count) of them") }
      return map
    }
  }

  package static var map: SettingType { .map() }
}
