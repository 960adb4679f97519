package import SallyportConfig
internal import SallyportPolicy
internal import Synchronization

/// Holds the secrets file that is in force, and reads it again when asked.
package final class SecretCatalogSource: Sendable {
  package let path: String
  private let state: Mutex<SecretCatalog>

  /// Reads a secrets file. Blocks.
  ///
  /// - Throws: `ConfigError`, also for a file that others than its owner can write.
  package init(path: String) throws(ConfigError) {
    self.path = path
    state = Mutex(try Self.read(path))
  }

  package var current: SecretCatalog { state.withLock { $0 } }

  /// Reads the file again, for the jobs that are admitted from then on. Blocks. Where it is not
  /// valid, the old one stays in force.
  @discardableResult
  package func reload() throws(ConfigError) -> SecretCatalog {
    let catalog = try Self.read(path)
    state.withLock { $0 = catalog }
    return catalog
  }

  private static func read(_ path: String) throws(ConfigError) -> SecretCatalog {
    try SecretCatalog(parsing: try OwnedFile.read(path), path: path)
  }
}
