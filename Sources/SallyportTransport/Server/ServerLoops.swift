package import NIOCore
import NIOPosix

/// The event loops that the listeners of a process share, and where the calls of each run.
package final class ServerLoops: Sendable {
  /// A loop for each core, which the connections of the process's clients are on as well.
  package static let shared = ServerLoops(MultiThreadedEventLoopGroup.singleton)

  /// As many again, for listeners that carry no relays: what comes in there waits for no relay's
  /// turn, and a processor is all that the two have to share.
  package static let apartFromRelays = ServerLoops(
    MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount))

  package let group: any EventLoopGroup
  let executors: [LoopTaskExecutor]

  package init(_ group: any EventLoopGroup) {
    self.group = group
    executors = group.makeIterator().map(LoopTaskExecutor.init)
  }
}
