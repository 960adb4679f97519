/// Why a signed job is not accepted, or cannot be made.
///
/// Messages name what is wrong and never repeat a value of the external ID or of a key.
package struct SignedJobError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Code: String, Hashable, Sendable {
    /// Not an envelope of a signed job, or a statement of another form.
    case malformed
    /// The statement is marked as needing what this version does not know.
    case unknownCritical = "unknown-critical"
    /// No signature of a key that is trusted and not revoked.
    case untrusted
    /// The only trusted keys that signed are revoked.
    case revoked
    /// A signature that is not its key's over these bytes.
    case badSignature = "bad-signature"
    case notYetValid = "not-yet-valid"
    case expired
    /// Signed for another tenant, pool or job, or under another external ID.
    case wrongAudience = "wrong-audience"
    /// What came beside the statement is not what it says.
    case differs
    /// The job has been run as often as it may be.
    case replayed
    /// There is no signature and one is required.
    case unsigned
    /// A key file that cannot be used.
    case unusableKey = "unusable-key"
  }

  package let code: Code
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}
