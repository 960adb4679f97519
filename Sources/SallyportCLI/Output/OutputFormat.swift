import ArgumentParser

/// How results are printed.
package enum OutputFormat: String, CaseIterable, ExpressibleByArgument, Sendable {
  /// Aligned columns, for people. Their layout may change.
  case table
  /// One JSON document with stable keys in snake case, for programs; errors, too, are JSON.
  case json

  /// The format that a command line asks for, also where it is otherwise wrong.
  package init(commandLine arguments: [String]) {
    var rest = arguments.prefix { $0 != "--" }[...]
    var found = OutputFormat.table
    while let argument = rest.popFirst() {
      let value: String? =
        switch argument {
        case "-o", "--output": rest.popFirst()
        default:
          ["--output=", "-o=", "-o"].first { argument.hasPrefix($0) }
            .map { String(argument.dropFirst($0.count)) }
        }
      if let format = value.flatMap(OutputFormat.init(rawValue:)) { found = format }
    }
    self = found
  }
}
