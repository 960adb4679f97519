package import SallyportCore

/// A sealed secret on its way to the worker that runs the job.
package struct StoredSecret: Hashable, Sendable {
  package var context: ContextName
  package var name: String
  package var version: UInt64
  package var sealed: [UInt8]

  package init(context: ContextName, name: String, version: UInt64, sealed: [UInt8]) {
    self.context = context
    self.name = name
    self.version = version
    self.sealed = sealed
  }
}
