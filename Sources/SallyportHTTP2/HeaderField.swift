/// One header field, pseudo-header fields included.
package struct HeaderField: Hashable, Sendable {
  /// In lower case (RFC 9113, section 8.2).
  package var name: String
  package var value: String
  /// Never put into the HPACK dynamic table (RFC 7541, section 7.1.3).
  package var isSensitive: Bool

  package init(_ name: String, _ value: String, isSensitive: Bool = false) {
    self.name = name
    self.value = value
    self.isSensitive = isSensitive
  }
}
