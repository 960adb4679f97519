import ArgumentParser

/// One label of a selector: `NAME=VALUE`.
package struct LabelArgument: Hashable, Sendable, ExpressibleByArgument {
  package let name: String
  package let value: String

  package init?(argument: String) {
    guard let equals = argument.firstIndex(of: "="), equals != argument.startIndex else {
      return nil
    }
    name = String(argument[..<equals])
    value = String(argument[argument.index(after: equals)...])
  }
}
