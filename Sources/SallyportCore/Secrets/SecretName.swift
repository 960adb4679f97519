/// Names a secret, on the customer's worker and in jobs: 1 to 128 bytes of `A-Z a-z 0-9 _ - .`,
/// beginning with a letter or `_`. A name is not confidential; a value never is a name.
package struct SecretName: Hashable, Sendable, Comparable, CustomStringConvertible {
  package let rawValue: String

  /// Nil for any other form.
  package init?(_ text: some StringProtocol) {
    let bytes = text.utf8
    guard (1...128).contains(bytes.count), let first = bytes.first,
      VariableName.isLetter(first),
      bytes.allSatisfy({
        VariableName.isLetter($0) || VariableName.isDigit($0) || $0 == UInt8(ascii: "-")
          || $0 == UInt8(ascii: ".")
      })
    else { return nil }
    rawValue = String(text)
  }

  package var description: String { rawValue }

  package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
