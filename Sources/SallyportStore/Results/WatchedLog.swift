/// What the reader of a log is shown, all of one moment.
package struct WatchedLog: Hashable, Sendable {
  /// The reader's and the job's.
  package var watched: WatchedJob
  /// Of the attempt whose log it is.
  package var epoch: UInt64
  /// Nil where the job has no such attempt.
  package var extent: LogExtent?
  package var bytes: [UInt8]

  package init(
    watched: WatchedJob, epoch: UInt64 = 0, extent: LogExtent? = nil, bytes: [UInt8] = []
  ) {
    self.watched = watched
    self.epoch = epoch
    self.extent = extent
    self.bytes = bytes
  }
}
