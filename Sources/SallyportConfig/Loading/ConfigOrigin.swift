/// Where a configuration value came from.
package enum ConfigOrigin: Hashable, Sendable, CustomStringConvertible {
  /// A file, with the line of the value where known.
  case file(path: String, line: Int?)
  case environment(variable: String)
  case flag(String)
  case defaultValue

  package var description: String {
    switch self {
    case .file(let path, let line?): "\(ShownText.escaped(path)):\(line)"
    case .file(let path, nil): ShownText.escaped(path)
    case .environment(let variable): ShownText.escaped(variable)
    case .flag(let flag): ShownText.escaped(flag)
    case .defaultValue: "default"
    }
  }
}
