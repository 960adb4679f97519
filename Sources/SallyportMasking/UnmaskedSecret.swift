/// A secret that is not masked, because masking it would hide more than the secret.
package struct UnmaskedSecret: Hashable, Sendable, CustomStringConvertible {
  package enum Reason: String, Hashable, Sendable {
    case empty
    /// Fewer than ``MaskableValue/shortest`` bytes.
    case tooShort = "too-short"
    /// Nothing but white space.
    case blank
    /// A word that output contains anyway, such as `true`.
    case commonWord = "common-word"
  }

  package let name: String
  package let reason: Reason

  package init(name: String, reason: Reason) {
    self.name = name
    self.reason = reason
  }

  package var description: String {
    let why =
      switch reason {
      case .empty: "it is empty"
      case .tooShort: "it is shorter than \(MaskableValue.shortest) bytes"
      case .blank: "it is nothing but white space"
      case .commonWord: "it is a word that output contains anyway"
      }
    return "secret \(name) is not masked: \(why)"
  }
}
