package import SallyportSealing

/// Whose log a spool holds, and who may read it.
package struct LogSealing: Hashable, Sendable {
  package let scope: SealedLogScope
  /// 1 to 16.
  package let readers: [SealingPublicKey]

  package init(scope: SealedLogScope, readers: [SealingPublicKey]) {
    self.scope = scope
    self.readers = readers
  }
}
