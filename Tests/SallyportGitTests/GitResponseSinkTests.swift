import Synchronization
import Testing

@testable import SallyportGit

@Suite(.timeLimit(.minutes(1))) struct GitResponseSinkTests {
  private func read(_ sink: GitResponseSink, _ count: Int) throws -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: count)
    let read = try buffer.withUnsafeMutableBytes { try sink.read(into: $0, timeout: .seconds(30)) }
    return Array(buffer[..<read])
  }

  @Test func holdsTheWriterBack() async throws {
    let sink = GitResponseSink(capacity: 8, limit: 1_000)
    let progress = Mutex(0)
    let writer = Task {
      for _ in 0..<10 {
        try await sink.write([UInt8](repeating: 1, count: 8))
        progress.withLock { $0 += 1 }
      }
      sink.end(with: nil)
    }
    var total = 0
    while true {
      let piece = try await BlockingThread.run("test") { try self.read(sink, 8) }
      if piece.isEmpty { break }
      total += piece.count
      // Never further ahead than the capacity and one piece.
      #expect(progress.withLock { $0 } <= total / 8 + 2)
    }
    #expect(total == 80)
    try await writer.value
  }

  @Test func keepsBytesInOrderInAnySplit() async throws {
    var generator = TestGenerator(seed: 5)
    let bytes = (0..<50_000).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    let sink = GitResponseSink(capacity: 1_000, limit: 1 << 20)
    async let written: Void = {
      var generator = TestGenerator(seed: 6)
      var rest = bytes[...]
      while !rest.isEmpty {
        let piece = rest.prefix(Int.random(in: 1...3_000, using: &generator))
        rest = rest.dropFirst(piece.count)
        try await sink.write(Array(piece))
      }
      sink.end(with: nil)
    }()
    let read = try await BlockingThread.run("test") {
      var generator = TestGenerator(seed: 7)
      var result: [UInt8] = []
      while true {
        let piece = try self.read(sink, Int.random(in: 1...2_000, using: &generator))
        if piece.isEmpty { return result }
        result += piece
      }
    }
    try await written
    #expect(read == bytes)
  }

  @Test func failsTheWriterWhenTheReaderLeaves() async throws {
    let sink = GitResponseSink(capacity: 4, limit: 100)
    let writer = Task { try await sink.write([1, 2, 3, 4, 5]) }
    #expect(try await BlockingThread.run("test") { try self.read(sink, 1) } == [1])
    sink.close()
    _ = await writer.result
    await #expect(throws: GitError.self) { try await sink.write([1]) }
  }

  @Test func cancelsAWaitingWriter() async throws {
    let sink = GitResponseSink(capacity: 4, limit: 100)
    let writer = Task { try await sink.write([1, 2, 3, 4, 5]) }
    writer.cancel()
    await #expect(throws: CancellationError.self) { try await writer.value }
  }

  @Test func bounds() async throws {
    let sink = GitResponseSink(capacity: 100, limit: 4)
    try await sink.write([1, 2, 3, 4])
    await #expect(throws: GitError.self) { try await sink.write([5]) }
  }

  @Test func deliversWhatCameBeforeAFailure() async throws {
    struct Broken: Error {}
    let sink = GitResponseSink(capacity: 100, limit: 100)
    try await sink.write([1, 2])
    sink.end(with: Broken())
    sink.end(with: nil)
    let first = try await BlockingThread.run("test") { try self.read(sink, 10) }
    #expect(first == [1, 2])
    await #expect(throws: Broken.self) {
      try await BlockingThread.run("test") { try self.read(sink, 10) }
    }
  }
}
