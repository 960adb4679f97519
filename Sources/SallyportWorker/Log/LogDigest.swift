/// Length and SHA-256 of a whole log.
package struct LogDigest: Hashable, Sendable {
  package let length: UInt64
  package let sha256: [UInt8]

  package init(length: UInt64, sha256: [UInt8]) {
    self.length = length
    self.sha256 = sha256
  }
}
