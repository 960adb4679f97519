/// A pattern over a command, argument by argument.
///
/// Arguments are never joined, so that no blank within one can be taken for the end of another.
/// An element is a text in which `*` stands for any run of characters but `/`; or `*` alone, for
/// one argument whatever it is; or, as the last element, `**` for any further arguments or none.
package struct CommandPattern: Hashable, Sendable {
  private enum Element: Hashable, Sendable {
    case any
    case path(PathGlob)
  }

  package static let maximumElements = 256

  /// As written.
  package let elements: [String]
  private let fixed: [Element]
  private let hasRest: Bool

  /// - Throws: Why the elements are not a pattern.
  init(_ elements: [String]) throws(PatternProblem) {
    guard let first = elements.first, !first.isEmpty else {
      throw PatternProblem(reason: "the first element is the program")
    }
    guard first != "**" else {
      throw PatternProblem(reason: "leave 'commands' out where every command will do")
    }
    var fixed: [Element] = []
    var hasRest = false
    for (index, element) in elements.enumerated() {
      if element == "**" {
        guard index == elements.count - 1 else {
          throw PatternProblem(reason: "'**' is the last element")
        }
        hasRest = true
      } else if element == "*" {
        fixed.append(.any)
      } else if element.contains("**") {
        throw PatternProblem(reason: "'**' is an element of its own")
      } else {
        fixed.append(.path(try PathGlob(element)))
      }
    }
    self.elements = elements
    self.fixed = fixed
    self.hasRest = hasRest
  }

  func matches(_ command: [String]) -> Bool {
    guard command.count == fixed.count || hasRest && command.count > fixed.count else {
      return false
    }
    return zip(fixed, command).allSatisfy { element, argument in
      switch element {
      case .any: true
      case .path(let glob): glob.matches(argument)
      }
    }
  }
}
