internal import Glibc
internal import SallyportCore
internal import SallyportIdentity

/// The folder of the tenants' wrapped keys, a file for each tenant, named as the tenant.
///
/// Beside the database and not in it: a backup of the database does not hold them, so that no
/// backup can be read once a tenant's file and its copies are gone.
struct TenantKeyFolder: Sendable {
  let path: String

  /// Makes the folder, mode 0700, where it is not there.
  ///
  /// - Throws: ``EncryptionError/Code/keyFile``.
  func prepare() throws(EncryptionError) {
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
      throw EncryptionError(.keyFile, "cannot create \(path): \(String(cString: strerror(errno)))")
    }
  }

  func file(of tenant: TenantName) -> String { "\(path)/\(tenant.rawValue)" }

  /// Nil where the tenant has none, or none any more.
  ///
  /// - Throws: ``EncryptionError/Code/keyFile`` or ``EncryptionError/Code/malformed``.
  func read(_ tenant: TenantName) throws(EncryptionError) -> TenantKeyFile? {
    let file = file(of: tenant)
    do {
      let bytes = try DurableFile.read(file, isSecret: true)
      return bytes == Self.destroyed ? nil : try TenantKeyFile(bytes, source: file)
    } catch let error as EncryptionError {
      throw error
    } catch let error as IdentityError where error.code == .missingFile {
      return nil
    } catch {
      throw EncryptionError(.keyFile, "the tenant's keys: \(error)")
    }
  }

  /// - Returns: False where the tenant has a file already; it is kept.
  func create(_ keys: TenantKeyFile, of tenant: TenantName) throws(EncryptionError) -> Bool {
    let bytes = try keys.bytes()
    do {
      try DurableFile.create(file(of: tenant), contents: bytes, mode: .ownerOnly)
      return true
    } catch let error where error.code == .fileExists {
      return false
    } catch {
      throw EncryptionError(.keyFile, "the tenant's keys: \(error.message)")
    }
  }

  func replace(_ keys: TenantKeyFile, of tenant: TenantName) throws(EncryptionError) {
    let bytes = try keys.bytes()
    do {
      try DurableFile.replace(file(of: tenant), contents: bytes, mode: .ownerOnly)
    } catch {
      throw EncryptionError(.keyFile, "the tenant's keys: \(error.message)")
    }
  }
}
