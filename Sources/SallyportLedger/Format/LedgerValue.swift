/// A value in a record. There are no others: no fractions, no nesting.
package enum LedgerValue: Hashable, Sendable {
  case text(String)
  /// At most 2^63 - 1.
  case number(UInt64)
  case list([String])
}

extension LedgerValue: CustomStringConvertible {
  /// For a person at a terminal: one line, nothing that a terminal would act upon.
  package var description: String {
    switch self {
    case .text(let text): Self.harmless(text)
    case .number(let number): "\(number)"
    case .list(let items): items.map(Self.harmless).joined(separator: ",")
    }
  }

  private static func harmless(_ text: String) -> String {
    var output = ""
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse,
        .unassigned:
        output += "\\u{\(String(scalar.value, radix: 16))}"
      default: output.unicodeScalars.append(scalar)
      }
    }
    return output
  }
}
