internal import Crypto
internal import FoundationEssentials
internal import SallyportBytes
package import SallyportCore

/// What wraps the tenants' keys. It encrypts nothing else.
package protocol MasterKey: Sendable {
  var id: MasterKeyID { get }

  /// - Parameter binding: Says which tenant's key it is; needed again to unwrap it.
  /// - Throws: ``EncryptionError/Code/commandFailed``.
  func wrap(_ key: SymmetricKeyBytes, binding: [UInt8]) async throws(EncryptionError) -> [UInt8]

  /// - Throws: ``EncryptionError/Code/notAuthentic`` where it was wrapped by another master key or
  ///   for another tenant, or ``EncryptionError/Code/commandFailed``.
  func unwrap(
    _ wrapped: [UInt8], binding: [UInt8]
  ) async throws(EncryptionError) -> SymmetricKeyBytes
}

extension MasterKey {
  package func wrap(_ key: TenantKey) async throws(EncryptionError) -> WrappedTenantKey {
    let bytes = SymmetricKeyBytes(key.key)
    let wrapped = try await wrap(bytes, binding: binding(of: key.tenant, key.id))
    return try WrappedTenantKey(masterKey: id, wrapped: wrapped)
  }

  /// - Throws: Besides what ``unwrap(_:binding:)`` throws, ``EncryptionError/Code/wrongKey`` where
  ///   another master key has wrapped it.
  package func unwrap(
    _ wrapped: WrappedTenantKey, of tenant: TenantName, id key: TenantKeyID
  ) async throws(EncryptionError) -> TenantKey {
    guard wrapped.masterKey == id else {
      throw EncryptionError(
        .wrongKey,
        "key \(key) of \(tenant) is wrapped by master key \(wrapped.masterKey), not by \(id); "
          + "configure the one that it was wrapped by")
    }
    let bytes = try await unwrap(wrapped.wrapped, binding: binding(of: tenant, key))
    return TenantKey(bytes.key, tenant: tenant, id: key)
  }

  private func binding(of tenant: TenantName, _ key: TenantKeyID) -> [UInt8] {
    var fields = CanonicalFields(purpose: "sallyport tenant key v1")
    fields.add(tenant.rawValue)
    fields.add(key.rawValue)
    return fields.bytes
  }
}
