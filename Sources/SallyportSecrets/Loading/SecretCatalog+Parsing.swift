package import SallyportConfig
internal import SallyportCore
internal import SallyportPolicy

extension SecretCatalog {
  /// Reads a secrets file.
  ///
  /// - Parameters:
  ///   - bytes: At most 1 MiB.
  ///   - path: For messages, and the folder that relative paths of secrets are below.
  /// - Throws: `ConfigError` with file, line, key and what was expected.
  package init(parsing bytes: [UInt8], path: String) throws(ConfigError) {
    guard let root = try YAMLTree.parse(bytes, path: path) else {
      throw ConfigError(
        code: .missingKey, origin: .file(path: path, line: nil), key: "version", expected: "1",
        hint: "the file is empty; without any secret it is 'version: 1' and 'secrets: []'")
    }
    let file = PolicyCursor(node: root, key: "", path: path)
    let keys = try file.table(["version", "secrets"], expected: "version, secrets")
    guard let version = keys["version"] else {
      throw file.missing("version", expected: Self.version)
    }
    guard case .text(Self.version) = version.node.value else {
      throw version.error("1, the version that this program knows")
    }
    guard let list = keys["secrets"] else {
      throw file.missing("secrets", expected: "a list of secrets")
    }
    var sources: [SecretSource] = []
    var lines: [SecretName: Int] = [:]
    for cursor in try list.list(0...Self.maximumSources, of: "secrets") {
      let source = try SecretSourceReader(cursor).source()
      for name in source.contents.names {
        if let line = lines.updateValue(source.line, forKey: name) {
          throw ConfigError(
            code: .duplicateKey, origin: .file(path: path, line: source.line),
            key: cursor.name(of: "name"), hint: "the secret \(name) is in line \(line) already")
        }
      }
      sources.append(source)
    }
    self.init(sources: sources)
  }
}

extension PolicyCursor {
  func missing(_ key: String, expected: String, hint: String? = nil) -> ConfigError {
    ConfigError(
      code: .missingKey, origin: .file(path: path, line: node.line), key: name(of: key),
      expected: expected, hint: hint)
  }
}
