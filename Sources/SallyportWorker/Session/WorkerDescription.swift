/// What a worker says about itself, for people: jobs are not
/// matched against it, and it is no identity.
package struct WorkerDescription: Hashable, Sendable {
  package var displayName: String
  package var labels: [String: String]

  package init(displayName: String, labels: [String: String] = [:]) {
    self.displayName = displayName
    self.labels = labels
  }
}
