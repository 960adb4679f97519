import Synchronization
import Testing

@testable import SallyportGateway

@Suite struct SessionOutboxTests {
  @Test("messages come out in order, however they are added and taken")
  func order() throws {
    let outbox = SessionOutbox<Int>(capacity: 10)
    try outbox.send(1)
    try outbox.send(2)
    #expect(outbox.beginWriting())
    #expect(outbox.next() == 1)
    try outbox.send(3)
    #expect(!outbox.beginWriting(), "one writes at a time")
    #expect([outbox.next(), outbox.next(), outbox.next()] == [2, 3, nil])
    #expect(!outbox.beginWriting(), "nothing waits")
    try outbox.send(4)
    #expect(outbox.beginWriting())
    #expect(outbox.next() == 4)
  }

  @Test("what does not fit is a slow peer's")
  func full() throws {
    let outbox = SessionOutbox<Int>(capacity: 2)
    try outbox.send(1)
    try outbox.send(2)
    #expect(throws: SessionEnd.slowPeer) { try outbox.send(3) }
    #expect(outbox.beginWriting())
    #expect(outbox.next() == 1)
    try outbox.send(3)
  }

  @Test("whoever waits for the end of the writing hears of it")
  func written() throws {
    let outbox = SessionOutbox<Int>(capacity: 2)
    let calls = Mutex(0)
    outbox.whenWritten { calls.withLock { $0 += 1 } }
    #expect(calls.withLock { $0 } == 1, "there is nothing to write")
    try outbox.send(1)
    outbox.whenWritten { calls.withLock { $0 += 1 } }
    #expect(calls.withLock { $0 } == 1)
    #expect(outbox.beginWriting())
    _ = outbox.next()
    #expect(calls.withLock { $0 } == 1, "the last message is being written")
    #expect(outbox.next() == nil)
    #expect(calls.withLock { $0 } == 2)
  }

  @Test("a stream that is gone takes nothing, and nobody waits for it")
  func abandoned() throws {
    let outbox = SessionOutbox<Int>(capacity: 1)
    try outbox.send(1)
    #expect(outbox.beginWriting())
    let calls = Mutex(0)
    outbox.whenWritten { calls.withLock { $0 += 1 } }
    outbox.abandon()
    #expect(calls.withLock { $0 } == 1)
    for number in 0..<5 { try outbox.send(number) }
    #expect(!outbox.beginWriting())
  }
}
