import ArgumentParser

/// One variable of a job's environment: `KEY=VALUE`.
package struct EnvironmentArgument: Hashable, Sendable, ExpressibleByArgument {
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
