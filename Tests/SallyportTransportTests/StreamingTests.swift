import GRPCCore
import SallyportCore
import SallyportTransportTestSupport
import Synchronization
import Testing

@testable import SallyportTransport

@Suite(.timeLimit(.minutes(1)))
struct StreamingTests {
  @Test func clientStreaming() async throws {
    let service = TestService(methods: [
      "Count": { request, _ in
        var total = 0
        for try await message in request.messages { total += message.count }
        let count = total
        return StreamingServerResponse { writer in
          try await writer.write(Array("\(count)".utf8))
          return [:]
        }
      }
    ])
    try await withStack(service) { client in
      let reply = try await client.clientStreaming(
        request: StreamingClientRequest { writer in
          for _ in 0..<1_000 { try await writer.write([UInt8](repeating: 1, count: 1_000)) }
        },
        descriptor: TestService.method("Count"), serializer: BytesSerializer(),
        deserializer: BytesDeserializer(), options: .defaults
      ) { try $0.message }
      #expect(reply == Array("1000000".utf8))
    }
  }

  @Test func serverStreaming() async throws {
    let service = TestService(methods: [
      "Numbers": { _, _ in
        StreamingServerResponse { writer in
          for number in 0..<5_000 { try await writer.write(Array("\(number)".utf8)) }
          return ["done": "yes"]
        }
      }
    ])
    try await withStack(service) { client in
      try await client.serverStreaming(
        request: ClientRequest(message: []), descriptor: TestService.method("Numbers"),
        serializer: BytesSerializer(), deserializer: BytesDeserializer(), options: .defaults
      ) { response in
        var next = 0
        for try await part in try response.accepted.get().bodyParts {
          switch part {
          case .message(let message):
            #expect(message == Array("\(next)".utf8))
            next += 1
          case .trailingMetadata(let metadata):
            #expect(Array(metadata[stringValues: "done"]) == ["yes"])
          }
        }
        #expect(next == 5_000)
      }
    }
  }

  @Test func bidirectionalStreamingAnswersEachMessageBeforeTheNext() async throws {
    try await withStack { client in
      let (requests, feed) = AsyncStream<[UInt8]>.makeStream()
      feed.yield([0])
      try await client.bidirectionalStreaming(
        request: StreamingClientRequest { writer in
          for await message in requests { try await writer.write(message) }
        },
        descriptor: TestService.method("Echo"), serializer: BytesSerializer(),
        deserializer: BytesDeserializer(), options: .defaults
      ) { response in
        var received = 0
        for try await message in response.messages {
          #expect(message == [UInt8(truncatingIfNeeded: received)])
          received += 1
          if received == 500 {
            feed.finish()
          } else {
            feed.yield([UInt8(truncatingIfNeeded: received)])
          }
        }
        #expect(received == 500)
      }
    }
  }

  @Test func metadataTravelsBothWays() async throws {
    try await withStack { client in
      let binary: [UInt8] = [0, 255, 7, 61, 128]
      var metadata = Metadata()
      metadata.addString("first", forKey: "x-text")
      metadata.addString("second", forKey: "x-text")
      metadata.addBinary(binary, forKey: "x-data-bin")
      try await client.unary(
        request: ClientRequest(message: [1], metadata: metadata),
        descriptor: TestService.method("Echo"), serializer: BytesSerializer(),
        deserializer: BytesDeserializer(), options: .defaults
      ) { response in
        for metadata in [response.metadata, response.trailingMetadata] {
          #expect(Array(metadata[stringValues: "x-text"]) == ["first", "second"])
          #expect(Array(metadata[binaryValues: "x-data-bin"]) == [binary])
        }
      }
    }
  }

  @Test func statusAndItsMetadataReachTheCaller() async throws {
    let service = TestService(methods: [
      "Fail": { _, _ in
        throw RPCError(
          code: .failedPrecondition, message: "50 % of it: ünïcode\nand a line",
          metadata: ["why": "because"])
      },
      "FailLate": { _, _ in
        StreamingServerResponse { writer in
          try await writer.write([1])
          throw RPCError(code: .dataLoss, message: "late")
        }
      },
    ])
    try await withStack(service) { client in
      let error = await #expect(throws: RPCError.self) {
        try await client.echo([], method: "Fail")
      }
      #expect(error?.code == .failedPrecondition)
      #expect(error?.message == "50 % of it: ünïcode\nand a line")
      #expect(error.map { Array($0.metadata[stringValues: "why"]) } == ["because"])
      let late = await #expect(throws: RPCError.self) {
        try await client.echo([], method: "FailLate")
      }
      #expect(late?.code == .dataLoss)
    }
  }

  /// The producer must come to a halt when nobody reads, and go on when somebody does.
  @Test func aSlowReaderHoldsTheWriterBack() async throws {
    let (progress, report) = AsyncStream<Int>.makeStream()
    let written = Atomic<Int>(0)
    let service = TestService(methods: [
      "Echo": TestService.echo,
      "Flood": { _, _ in
        StreamingServerResponse { writer in
          for number in 1...200 {
            try await writer.write([UInt8](repeating: 0, count: 64 * 1_024))
            written.store(number, ordering: .relaxed)
            report.yield(number)
          }
          return [:]
        }
      },
    ])
    var limits = TransportLimits()
    limits.streamWindow = 128 * 1_024
    try await withStack(service, limits: limits) { client in
      try await client.serverStreaming(
        request: ClientRequest(message: []), descriptor: TestService.method("Flood"),
        serializer: BytesSerializer(), deserializer: BytesDeserializer(), options: .defaults
      ) { response in
        // 64 KiB of window and 256 KiB of queue hold less than six messages; a writer that waits
        // goes on at half of the queue.
        for await number in progress where number == 3 { break }
        // Other calls on the connection go on, which gives the writer time to go too far.
        for _ in 0..<50 { _ = try await client.echo([1]) }
        #expect(written.load(ordering: .relaxed) <= 5)
        var received = 0
        for try await message in response.messages { received += message.count }
        #expect(received == 200 * 64 * 1_024)
      }
    }
  }
}
