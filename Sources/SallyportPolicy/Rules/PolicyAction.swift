/// What a rule does with what it matches.
package enum PolicyAction: String, Hashable, Sendable, Codable, CaseIterable {
  case allow, deny
}
