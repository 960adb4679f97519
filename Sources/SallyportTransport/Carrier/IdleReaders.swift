import NIOCore
import NIOPosix

/// The connections of one event loop that have read something lately: when one has not for a while,
/// it gives back the buffers that it reads into. One timer for all of them.
final class IdleReaders {
  private static let interval = TimeAmount.seconds(1)

  /// Safe because each thread sees one of its own, and event loops do not change threads.
  nonisolated(unsafe) private static let thread = ThreadSpecificVariable<IdleReaders>()

  /// Of the event loop that runs this.
  static var current: IdleReaders {
    if let current = thread.currentValue { return current }
    let readers = IdleReaders()
    thread.currentValue = readers
    return readers
  }

  private var readers: [SocketCarrier] = []
  private var isScheduled = false

  /// To be called again after ``SocketCarrier/releaseReceiveBuffers()``.
  func add(_ reader: SocketCarrier) {
    readers.append(reader)
    schedule(on: reader.eventLoop)
  }

  private func schedule(on eventLoop: any EventLoop) {
    guard !isScheduled else { return }
    isScheduled = true
    eventLoop.assumeIsolated().scheduleTask(in: Self.interval) { [self] in
      isScheduled = false
      readers.removeAll { reader in
        let isIdle = !reader.hasReadLately()
        if isIdle { reader.releaseReceiveBuffers() }
        return isIdle
      }
      if readers.isEmpty {
        readers = []
      } else {
        schedule(on: eventLoop)
      }
    }
  }
}
