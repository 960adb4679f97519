import ArgumentParser

/// `NAME=VALUE`: a variable of a job's environment, or a label of its selector.
package struct NamedValueArgument: Hashable, Sendable, ExpressibleByArgument {
  package let name: String
  package let value: String

  package init?(argument: String) {
    guard let equals = argument.firstIndex(of: "="), equals != argument.startIndex,
      !argument.utf8.contains(0)
    else { return nil }
    name = String(argument[..<equals])
    value = String(argument[argument.index(after: equals)...])
  }
}

extension [NamedValueArgument] {
  /// Of one name, the last counts.
  var byName: [String: String] {
    Dictionary(map { ($0.name, $0.value) }) { _, last in last }
  }
}
