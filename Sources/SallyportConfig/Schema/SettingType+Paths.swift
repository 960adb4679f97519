extension SettingType where Value == String {
  /// A path of a file or directory, which need not exist.
  ///
  /// A relative path in a configuration file starts at that file's directory, elsewhere at the
  /// working directory, so that a directory of configuration can be moved as a whole.
  package static var path: SettingType {
    SettingType(name: "path", expected: "a path", shape: .scalar, render: { $0 }) {
      raw, _ throws(Refusal) in
      try resolvedPath(raw)
    }
  }

  /// A path of an existing file that holds a secret and that nobody but its owner can read.
  /// Secrets themselves are never configuration values.
  package static var secretFile: SettingType {
    SettingType(
      name: "path of a secret file, mode 0600", expected: SecretFile.expected, shape: .scalar,
      render: { $0 }
    ) { raw, _ throws(Refusal) in
      let path = try resolvedPath(raw)
      if let problem = SecretFile.problem(with: path) {
        var refusal = Refusal(found: problem.found, hint: problem.hint)
        refusal.code = .unsafeFile
        throw refusal
      }
      return path
    }
  }

  private static func resolvedPath(_ raw: RawSetting) throws(Refusal) -> String {
    guard case .scalar(let text) = raw.value, let path = raw.origin.resolved(text) else {
      throw Refusal()
    }
    return path
  }
}

extension SettingType where Value == [String] {
  /// Paths, each as ``SettingType/path`` has it.
  package static func paths(maximumCount: Int) -> SettingType {
    let list = SettingType.list(maximumCount: maximumCount)
    return SettingType(
      name: "list of paths", expected: "a list of at most \(maximumCount) paths", shape: .list,
      render: list.render
    ) { raw, context throws(Refusal) in
      try list.parse(raw, context).map { text throws(Refusal) in
        guard let path = raw.origin.resolved(text) else { throw Refusal() }
        return path
      }
    }
  }
}

extension ConfigOrigin {
  /// Nil for what is no path.
  fileprivate func resolved(_ text: String) -> String? {
    guard (1...4_095).contains(text.utf8.count), !text.utf8.contains(0) else { return nil }
    guard !text.hasPrefix("/"), case .file(let file, _) = self,
      let slash = file.lastIndex(of: "/")
    else { return text }
    return String(file[...slash]) + text
  }
}
