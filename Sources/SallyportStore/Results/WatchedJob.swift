/// What the watcher of a job is shown, all of one moment.
package struct WatchedJob: Hashable, Sendable {
  /// The watcher's own.
  package var standing: Standing
  /// Nil where the tenant has no such job.
  package var job: JobRecord?
  /// What the job asks for, as submitted; empty where nobody asked for that.
  package var spec: [UInt8] = []

  package init(standing: Standing, job: JobRecord?) {
    self.standing = standing
    self.job = job
  }
}
