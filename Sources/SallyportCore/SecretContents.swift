internal import SallyportBytes

/// What a ``Secret`` can hold.
package protocol SecretContents: Sendable {
  /// Overwrites the value, where that can be, and lets go of it.
  mutating func wipe()
}

extension [UInt8]: SecretContents {}

extension String: SecretContents {
  /// Lets go of it only: Swift has no way to overwrite a text that others may share.
  package mutating func wipe() { self = "" }
}
