@testable import SallyportStoreEncryption

/// Why something is refused; nil where it is not, or for another reason than encryption.
func code(_ body: () async throws -> Void) async -> EncryptionError.Code? {
  do {
    try await body()
    return nil
  } catch {
    return (error as? EncryptionError)?.code
  }
}
