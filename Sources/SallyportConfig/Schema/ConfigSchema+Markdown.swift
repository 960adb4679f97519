extension ConfigSchema {
  /// The reference of every key for docs/operations.md.
  package var markdown: String {
    var lines = [
      "| key | type | default | meaning |",
      "| --- | --- | --- | --- |",
    ]
    for setting in settings { lines += Self.rows(setting, prefix: "") }
    lines += [
      "",
      "Environment: `\(environmentPrefix)` and the key in capitals, with `_` for `.` and `-`; lists "
        + "are separated by commas. Unknown variables with this prefix are refused, so run it in "
        + "Kubernetes with `enableServiceLinks: false`.",
    ]
    return lines.joined(separator: "\n") + "\n"
  }

  private static func rows(_ setting: any SettingDeclaration, prefix: String) -> [String] {
    let value =
      setting.isRequired ? "required" : setting.defaultText.map { "`\($0)`" } ?? "none"
    let name = prefix + setting.name
    var rows = ["| `\(name)` | \(setting.typeName) | \(value) | \(setting.summary) |"]
    if case .tables(let fields) = setting.shape {
      for field in fields { rows += Self.rows(field, prefix: name + "[].") }
    }
    return rows
  }

  /// A configuration file with every key: those with a default commented out, required ones to be
  /// filled in.
  package var example: String {
    var lines = [
      "# Configuration of \(program). 'a.b: 1' and 'b: 1' nested below 'a:' are the same."
    ]
    for setting in settings {
      lines += ["", "# \(setting.summary) (\(setting.typeName))"]
      if case .tables(let fields) = setting.shape {
        lines.append("# \(setting.name):")
        for (index, field) in fields.enumerated() {
          let mark = index == 0 ? "- " : "  "
          lines.append("#   \(mark)\(field.name): \(Self.exampleValue(field))")
        }
      } else if setting.isRequired {
        lines.append("\(setting.name):")
      } else {
        lines.append("# \(setting.name): \(Self.exampleValue(setting))")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func exampleValue(_ setting: any SettingDeclaration) -> String {
    let text = setting.defaultText ?? "<\(setting.typeName)>"
    if case .list = setting.shape { return text.hasPrefix("[") ? text : "[\(text)]" }
    return text
  }
}
