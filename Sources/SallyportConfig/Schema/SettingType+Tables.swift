extension SettingType where Value == [ConfigValues] {
  /// A list of tables, for example several upstreams. Given in the file only; each table's keys
  /// are checked as strictly as the file's own.
  package static func tables(
    _ fields: [any SettingDeclaration], maximumCount: Int = 1_000
  ) -> SettingType {
    SettingType(
      name: "list of tables", expected: "a list of at most \(maximumCount) tables",
      shape: .tables(fields), render: { $0.isEmpty ? "[]" : "\($0.count) tables" }
    ) { raw, _ throws(Refusal) in
      let tables: [RawTable]
      switch raw.value {
      case .tables(let given): tables = given
      case .list(let items) where items.isEmpty: tables = []
      default: throw Refusal()
      }
      guard tables.count <= maximumCount else { throw Refusal(found: "\(tables.count) tables") }
      var result: [ConfigValues] = []
      for (index, table) in tables.enumerated() {
        do throws(ConfigError) {
          result.append(try ConfigValues(resolving: fields, table: table))
        } catch {
          throw Refusal(error, index: index)
        }
      }
      return result
    }
  }
}

extension SettingType.Refusal {
  /// A refusal inside the table at `index`.
  fileprivate init(_ error: ConfigError, index: Int) {
    code = error.code
    origin = error.origin
    key = "\(index).\(error.key ?? "")"
    expected = error.expected
    found = error.found
    hint = error.hint
  }
}
