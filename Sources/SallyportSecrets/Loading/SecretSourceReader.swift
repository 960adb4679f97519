internal import SallyportConfig
internal import SallyportCore
internal import SallyportPolicy

/// Reads one entry of a secrets file.
struct SecretSourceReader {
  private static let keys = [
    "name", "fields", "field", "file", "environment", "command", "sealed", "variables",
    "timeout", "maximum-size", "jobs",
  ]
  private static let nameForm =
    "1 to 128 of A-Z, a-z, 0-9, '_', '-' and '.', beginning with a letter or '_'"
  private static let fieldForm = "names of JSON members with dots between them"

  private let cursor: PolicyCursor
  private let keys: [String: PolicyCursor]

  init(_ cursor: PolicyCursor) throws(ConfigError) {
    self.cursor = cursor
    keys = try cursor.table(Self.keys, expected: "a secret: name, provider and jobs")
  }

  func source() throws(ConfigError) -> SecretSource {
    let contents = try contents()
    let provider = try provider()
    guard let jobs = keys["jobs"] else {
      throw cursor.missing(
        "jobs", expected: "which jobs may have it",
        hint: "a list of conditions, [] for nobody, or 'every'")
    }
    return SecretSource(
      contents: contents, provider: provider, timeout: try timeout(for: provider),
      maximumSize: try maximumSize(), jobs: try JobConditions(jobs), line: cursor.node.line)
  }

  private func contents() throws(ConfigError) -> SecretSource.Contents {
    switch (keys["name"], keys["fields"]) {
    case (let name?, nil):
      let secret = try self.name(name.text(Self.nameForm), at: name)
      guard let field = keys["field"] else { return .whole(secret) }
      return .fields([secret: try self.field(field)])
    case (nil, let fields?):
      if let field = keys["field"] {
        throw field.error("no field beside 'fields'", hint: "each of 'fields' has its own")
      }
      let expected = "a table of names of secrets and \(Self.fieldForm)"
      let entries = try fields.entries(expected)
      guard (1...JobSecret.maximumCount).contains(entries.count) else {
        throw fields.error(expected, found: "\(entries.count) of them")
      }
      var result: [SecretName: SecretField] = [:]
      for (key, value) in entries { result[try name(key, at: value)] = try field(value) }
      return .fields(result)
    case (nil, nil):
      throw cursor.missing("name", expected: Self.nameForm, hint: "or 'fields', for several")
    case (_?, let fields?):
      throw fields.error("either 'name' or 'fields'", found: "both")
    }
  }

  private func name(
    _ text: String, at cursor: PolicyCursor
  ) throws(ConfigError) -> SecretName {
    guard let name = SecretName(text) else {
      throw cursor.error(Self.nameForm, found: "'\(ShownText.short(text))'")
    }
    return name
  }

  private func field(_ cursor: PolicyCursor) throws(ConfigError) -> SecretField {
    guard let field = SecretField(try cursor.text(Self.fieldForm)) else {
      throw cursor.error(Self.fieldForm, hint: "at most \(SecretField.maximumDepth) of them")
    }
    return field
  }

  private func provider() throws(ConfigError) -> SecretProvider {
    let kinds = SecretProvider.Kind.allCases.filter { keys[$0.rawValue] != nil }
    guard let kind = kinds.first, kinds.count == 1, let value = keys[kind.rawValue] else {
      throw cursor.error(
        "one of file, environment, command, sealed",
        found: kinds.isEmpty ? "none" : kinds.map(\.rawValue).joined(separator: ", "))
    }
    if kind != .command, let variables = keys["variables"] {
      throw variables.error("no variables without 'command'")
    }
    switch kind {
    case .file:
      let path = try value.text("a path", length: 1...4_096)
      return .file(path: path.hasPrefix("/") ? path : "\(folder)/\(path)")
    case .environment:
      let text = try value.text("the name of a variable")
      guard VariableName.isValid(text) else { throw value.error("the name of a variable") }
      return .environment(variable: text)
    case .command: return .command(try command(value))
    case .sealed:
      if let fields = keys["fields"] {
        throw fields.error("no fields with 'sealed'", hint: "each sealed secret has its own name")
      }
      let expected = "the name of a context: 1 to 63 of a-z, 0-9 and '-'"
      guard let context = try? ContextName(try value.text(expected)) else {
        throw value.error(expected)
      }
      return .sealed(context: context)
    }
  }

  /// Of the secrets file.
  private var folder: String {
    guard let slash = cursor.path.lastIndex(of: "/") else { return "." }
    return slash == cursor.path.startIndex ? "" : String(cursor.path[..<slash])
  }

  private func command(_ value: PolicyCursor) throws(ConfigError) -> SecretCommand {
    var arguments: [String] = []
    for item in try value.list(1...256, of: "arguments: program first, no shell") {
      arguments.append(try item.text("an argument", length: (arguments.isEmpty ? 1 : 0)...4_096))
    }
    var variables: [String: String] = [:]
    for (key, value) in try keys["variables"]?.entries("a table of variables") ?? [] {
      guard VariableName.isValid(key) else {
        throw value.error("the name of a variable", found: "'\(ShownText.short(key))'")
      }
      variables[key] = try value.text("a text", length: 0...4_096)
    }
    return SecretCommand(arguments: arguments, variables: variables)
  }

  private func timeout(for provider: SecretProvider) throws(ConfigError) -> Duration {
    guard let cursor = keys["timeout"] else { return SecretSource.defaultTimeout }
    let expected = "a duration from 100ms to \(DurationText.format(SecretSource.maximumTimeout))"
    let text = try cursor.text(expected)
    guard let duration = try? DurationText.parse(text), duration >= .milliseconds(100),
      duration <= SecretSource.maximumTimeout
    else { throw cursor.error(expected) }
    return duration
  }

  private func maximumSize() throws(ConfigError) -> Int {
    guard let cursor = keys["maximum-size"] else { return SecretSource.defaultMaximumSize }
    let largest = SecretSource.largestMaximumSize
    let expected = "a size from 1B to \(ByteSizeText.format(largest))"
    let text = try cursor.text(expected)
    guard let size = try? ByteSizeText.parse(text), (1...largest).contains(size)
    else { throw cursor.error(expected) }
    return size
  }
}
