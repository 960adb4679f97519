package import NIOCore
import NIOPosix

extension HealthCheck {
  /// Every event loop of these groups runs a task that is given to it now.
  package static func eventLoops(
    _ groups: [any EventLoopGroup] = [MultiThreadedEventLoopGroup.singleton]
  ) -> HealthCheck {
    HealthCheck("event-loops") {
      let loops = groups.flatMap { $0.makeIterator() }
      let (answers, source) = AsyncStream<Void>.makeStream(
        bufferingPolicy: .bufferingOldest(loops.count))
      for loop in loops { loop.execute { source.yield() } }
      var answered = 0
      for await _ in answers {
        answered += 1
        if answered == loops.count { return .passing("\(answered) of \(loops.count) answer") }
      }
      return .failing("\(answered) of \(loops.count) answer")
    }
  }
}
