package import SallyportCore

/// What an offer says beyond its job's record.
package struct OfferContents: Hashable, Sendable {
  /// What the jobs ask for, as submitted; nothing of a job that is gone.
  package var specs: [JobID: [UInt8]]
  /// The tenant's.
  package var externalID: String

  package init(specs: [JobID: [UInt8]], externalID: String) {
    self.specs = specs
    self.externalID = externalID
  }
}
