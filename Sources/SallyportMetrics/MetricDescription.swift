/// What a metric is: everything but its values.
package struct MetricDescription: Sendable, Hashable {
  package enum Kind: String, Sendable {
    case counter, gauge, histogram
  }

  /// Of the Prometheus data model: letters, digits, `_` and `:`, not a digit first.
  package let name: String
  package let kind: Kind
  /// One sentence, for `# HELP` and for docs/operations.md.
  package let help: String
  package let labels: [MetricLabel]

  package init(_ name: String, _ kind: Kind, _ help: String, labels: [MetricLabel] = []) {
    precondition(Self.isName(name), "'\(name)' is not a metric's name")
    precondition(labels.allSatisfy { Self.isName($0.name) }, "\(name): not a label's name")
    self.name = name
    self.kind = kind
    self.help = help
    self.labels = labels
  }

  private static func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, !isDigit(first) else { return false }
    return text.utf8.allSatisfy { byte in
      isDigit(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ":")
        || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
        || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
