extension StoreError {
  /// Whether the same call may succeed later without anything else having changed: the store is at
  /// fault, or busy, and not the call.
  package var isPassing: Bool { code == .unavailable || code == .overloaded }
}
