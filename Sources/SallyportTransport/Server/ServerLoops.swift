package import NIOCore
import NIOPosix

/// The event loops that the listeners of a process share, and where the calls of each run.
package final class ServerLoops: Sendable {
  /// A loop for each core.
  package static let shared = ServerLoops(MultiThreadedEventLoopGroup.singleton)

  let group: any EventLoopGroup
  let executors: [LoopTaskExecutor]

  package init(_ group: any EventLoopGroup) {
    self.group = group
    executors = group.makeIterator().map(LoopTaskExecutor.init)
  }
}
