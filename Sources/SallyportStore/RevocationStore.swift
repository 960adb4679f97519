/// Revocations in the order in which they were made, so that every gateway process learns of those
/// that another one made.
package protocol RevocationStore {
  /// Those after `sequence`, oldest first, at most 1,000.
  func revocations(after sequence: UInt64) async throws -> [Revocation]
  /// The number of the newest; zero where there is none.
  func lastRevocation() async throws -> UInt64
}
