internal import Crypto
internal import FoundationEssentials
internal import SallyportBytes
internal import SallyportCore

/// A master key that somebody else holds, such as a key management service: two commands wrap and
/// unwrap, plaintext and ciphertext being on their standard input and output.
///
/// What they wrap begins with the tenant and the key's number, so that a wrapped key that is moved to
/// another tenant's row is found, whatever the service authenticates.
package struct CommandMasterKey: MasterKey {
  package let id: MasterKeyID
  private let wrapping: KeyCommand
  private let unwrapping: KeyCommand
  private let limits: KeyCommandLimits

  /// - Parameter name: Says which key it is that the commands use; another name is another key.
  package init(
    name: String, wrap: KeyCommand, unwrap: KeyCommand, limits: KeyCommandLimits = .init()
  ) {
    var fields = CanonicalFields(purpose: "sallyport master key name v1")
    fields.add(name)
    id = MasterKeyID(first: SHA256.hash(data: fields.bytes))
    wrapping = wrap
    unwrapping = unwrap
    self.limits = limits
  }

  package func wrap(
    _ key: SymmetricKeyBytes, binding: [UInt8]
  ) async throws(EncryptionError) -> [UInt8] {
    var input = binding + key.withBytes { Array($0) }
    defer { input.wipe() }
    let output = try await KeyCommandRun(command: wrapping, limits: limits)
      .output(for: input, hiding: key)
    guard !output.isEmpty, output.count <= WrappedTenantKey.maximumWrappedLength else {
      throw EncryptionError(
        .commandFailed, "\(wrapping.name) wrapped a key into \(output.count) bytes")
    }
    return output
  }

  package func unwrap(
    _ wrapped: [UInt8], binding: [UInt8]
  ) async throws(EncryptionError) -> SymmetricKeyBytes {
    var output = try await KeyCommandRun(command: unwrapping, limits: limits)
      .output(for: wrapped, hiding: nil)
    defer { output.wipe() }
    guard output.count == binding.count + TenantKey.length,
      constantTimeEqual(output[..<binding.count], binding),
      let key = output[binding.count...].withUnsafeBytes({ SymmetricKeyBytes($0) })
    else {
      throw EncryptionError(
        .notAuthentic,
        "\(unwrapping.name) unwrapped something else than this tenant's key: it is not used")
    }
    return key
  }
}
