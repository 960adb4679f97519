/// The place of a text in a JSON object: names of members from the outside in, with dots between
/// them, such as `Credentials.SecretAccessKey`.
package struct SecretField: Hashable, Sendable, CustomStringConvertible {
  package static let maximumDepth = 8

  package let members: [String]

  /// Nil for an empty name, and for more than 8 of them.
  package init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard parts.count <= Self.maximumDepth, !parts.contains("") else { return nil }
    members = parts
  }

  package var description: String { members.joined(separator: ".") }
}
