import Dispatch
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import SallyportTransport

@Suite struct LoopReferenceTests {
  private final class Log: Sendable {
    let words = Mutex<[String]>([])

    func add(_ word: String) { words.withLock { $0.append(word) } }
  }

  /// A task that moves from another thread to the loop does not overtake itself.
  @Test func whatWaitsIsDoneFirst() async throws {
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let log = Log()
    let reference = try await loop.submit { LoopReference(log, eventLoop: loop) }.get()
    try await loop.submit {
      let isQueued = DispatchSemaphore(value: 0)
      DispatchQueue.global().async {
        reference.run { $0.add("from elsewhere") }
        isQueued.signal()
      }
      isQueued.wait()
      reference.run { $0.add("on the loop") }
    }.get()
    try await loop.submit {}.get()
    #expect(log.words.withLock { $0 } == ["from elsewhere", "on the loop"])
  }

  @Test func nothingWaitsForTheLoopThatIsOnIt() async throws {
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let log = Log()
    let words = try await loop.submit {
      LoopReference(log, eventLoop: loop).run { $0.add("at once") }
      return log.words.withLock { $0 }
    }.get()
    #expect(words == ["at once"])
  }
}
