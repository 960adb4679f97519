/// Why something of the store cannot be encrypted, decrypted, wrapped or unwrapped.
///
/// Messages name the tenant, table, column, file or command and say what to do next; they never hold
/// a value or key material.
package struct EncryptionError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Code: String, Hashable, Sendable {
    /// Bytes that are not of the format, or of a version that is not known here.
    case malformed
    /// Encrypted under another key than the one at hand.
    case wrongKey = "wrong-key"
    /// Not what was encrypted, or encrypted for another place: changed, swapped, moved or cut.
    case notAuthentic = "not-authentic"
    /// A value that is longer than the format takes.
    case tooLong = "too-long"
    /// A master key that is missing, that others may read, or that is not of its form.
    case unusableMasterKey = "unusable-master-key"
    /// A tenant's file of wrapped keys that is missing, cannot be read or cannot be written.
    case keyFile = "key-file"
    /// The tenant's keys were destroyed, for good: nothing of it can be read any more.
    case destroyed
    /// The command that holds the master key cannot be started, failed, or did not answer in time.
    /// Trying again may help.
    case commandFailed = "command-failed"
  }

  package let code: Code
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}
