import SallyportCore
import SallyportStore

/// A job that can be offered, as far as those have to know who might take it.
struct ReadyJob: Hashable, Sendable {
  let id: JobID
  let selector: [String: String]

  init(id: JobID, selector: [String: String] = [:]) {
    self.id = id
    self.selector = selector
  }

  init(_ job: JobRecord) { self.init(id: job.id, selector: job.scheduling.selector) }
}
