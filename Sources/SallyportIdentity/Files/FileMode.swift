/// Permissions that Sallyport gives to the files it writes.
package struct FileMode: Hashable, Sendable {
  package let bits: UInt32

  /// Keys and tokens: the owner alone (0600).
  package static let ownerOnly = FileMode(bits: 0o600)
  /// Certificates (0644).
  package static let readableByAll = FileMode(bits: 0o644)
}
