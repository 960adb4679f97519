/// A value that never appears in logs, errors or debug output.
///
/// Read the value at the point of use only, through ``withValue(_:)``. It is wiped when the last copy of
/// the secret is gone; what was copied out of it, or is shared with who made it, is not.
package struct Secret<Value: SecretContents>: Sendable {
  private let storage: Storage

  package init(_ value: consuming Value) { storage = Storage(value) }

  package func withValue<Result, Failure: Error>(
    _ body: (Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(storage.value)
  }

  private final class Storage: Sendable {
    // Changed by the deinitialiser only, when nobody can read it any more.
    nonisolated(unsafe) private(set) var value: Value

    init(_ value: consuming Value) { self.value = value }

    deinit { value.wipe() }
  }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "<redacted>" }
  package var debugDescription: String { "<redacted>" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Compares two byte strings in time that depends on their lengths only.
package func constantTimeEqual(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>)
  -> Bool
{
  guard left.count == right.count else { return false }
  var difference: UInt8 = 0
  for (a, b) in zip(left, right) { difference |= a ^ b }
  return difference == 0
}
