internal import SallyportCore

/// Where a ledger is, and whose it is.
package struct LedgerSettings: Sendable, Hashable {
  /// A folder of its own; made where there is none, in a folder that exists.
  package var directory: String
  /// Of the executable that writes.
  package var program: String
  package var version = SallyportVersion.current
  package var commit = SallyportVersion.commit
  package var limits = LedgerLimits()

  package init(directory: String, program: String) {
    self.directory = directory
    self.program = program
  }
}
