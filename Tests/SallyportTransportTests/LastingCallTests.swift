import GRPCCore
import NIOCore
import NIOPosix
import SallyportCore
import SallyportRelay
import SallyportTransportTestSupport
import Synchronization
import Testing

@testable import SallyportTransport

@Suite(.timeLimit(.minutes(1)))
struct LastingCallTests {
  /// A call whose handler has returned, and what its closures were told.
  private struct Left: Sendable {
    let call: any LastingCall
    let whenLeft: AsyncStream<Void>

    func receive() async throws -> [UInt8]? {
      try await withCheckedThrowingContinuation { continuation in
        call.receive(BytesDeserializer()) { continuation.resume(with: $0) }
      }
    }

    func send(_ message: [UInt8]) throws -> Bool { try call.send(message, BytesSerializer()) }
  }

  /// Leaves every call to the test; what the handler's end would send must not be seen.
  private static func leaving(_ calls: AsyncStream<Left>.Continuation) -> TestService {
    TestService(methods: [
      "Session": { _, context in
        guard let call = context.callContext?.call else { throw TestFailure("no call") }
        return StreamingServerResponse { _ in
          let (whenLeft, source) = AsyncStream<Void>.makeStream()
          call.outlastHandler { source.yield() }
          calls.yield(Left(call: call, whenLeft: whenLeft))
          return ["handler": "returned"]
        }
      }
    ])
  }

  /// The caller's side: sends what `requests` has, and tells `responses` what comes.
  private static func call(
    _ client: GRPCClient<SecureClientTransport>, _ requests: AsyncStream<[UInt8]>,
    _ responses: AsyncStream<[UInt8]>.Continuation
  ) async throws -> Metadata {
    defer { responses.finish() }
    return try await client.bidirectionalStreaming(
      request: StreamingClientRequest { writer in
        for await message in requests { try await writer.write(message) }
      },
      descriptor: TestService.method("Session"), serializer: BytesSerializer(),
      deserializer: BytesDeserializer(), options: .defaults
    ) { response in
      var trailers = Metadata()
      for try await part in try response.accepted.get().bodyParts {
        switch part {
        case .message(let message): responses.yield(message)
        case .trailingMetadata(let metadata): trailers = metadata
        }
      }
      return trailers
    }
  }

  private static func error(
    _ body: @Sendable () async throws -> some Sendable
  ) async -> RPCError? {
    do {
      _ = try await body()
      return nil
    } catch {
      return error as? RPCError
    }
  }

  @Test("a call goes on without its handler, in both directions, until it is ended")
  func outlives() async throws {
    let (calls, source) = AsyncStream<Left>.makeStream()
    let (requests, request) = AsyncStream<[UInt8]>.makeStream()
    let (responses, response) = AsyncStream<[UInt8]>.makeStream()
    try await withStack(Self.leaving(source)) { client in
      async let trailers = Self.call(client, requests, response)
      var left = calls.makeAsyncIterator()
      let call = try #require(await left.next())
      var answers = responses.makeAsyncIterator()
      for number: UInt8 in 0..<100 {
        request.yield([number])
        #expect(try await call.receive() == [number])
        #expect(try call.send([number, number]))
        #expect(await answers.next() == [number, number])
      }
      request.finish()
      #expect(try await call.receive() == nil)
      call.call.end(nil)
      call.call.end(RPCError(code: .aborted, message: "once is enough"))
      let end = try await trailers
      #expect(Array(end[stringValues: "handler"]).isEmpty, "the handler's end is not seen")
    }
  }

  @Test("an error is the call's status, while the request is not over")
  func status() async throws {
    let (calls, source) = AsyncStream<Left>.makeStream()
    let (requests, request) = AsyncStream<[UInt8]>.makeStream()
    let (_, response) = AsyncStream<[UInt8]>.makeStream()
    try await withStack(Self.leaving(source)) { client in
      async let end = Self.error { try await Self.call(client, requests, response) }
      var left = calls.makeAsyncIterator()
      let call = try #require(await left.next())
      call.call.end(RPCError(code: .aborted, message: "superseded"))
      let error = await end
      #expect(error?.code == .aborted && error?.message == "superseded")
      request.finish()
      await #expect(throws: (any Error).self) {
        while try call.send([1]) { try await call.call.waitForRoom() }
      }
    }
  }

  @Test("whoever waits hears that the connection is lost; the listener waits for what it then does")
  func lostConnection() async throws {
    let (calls, source) = AsyncStream<Left>.makeStream()
    let (requests, request) = AsyncStream<[UInt8]>.makeStream()
    let (_, response) = AsyncStream<[UInt8]>.makeStream()
    let isDone = Mutex(false)
    let identities = try TestIdentities()
    try await withServer(Self.leaving(source), identities: identities) { server, port in
      try await withClient(port: port, tls: identities.clientTLS) { client in
        async let end = Self.error { try await Self.call(client, requests, response) }
        var left = calls.makeAsyncIterator()
        let call = try #require(await left.next())
        call.call.receive(BytesDeserializer()) { result in
          #expect(throws: RPCError.self) { try result.get() }
          call.call.perform {
            for _ in 0..<1_000 { await Task.yield() }
            call.call.perform {
              for _ in 0..<1_000 { await Task.yield() }
              isDone.withLock { $0 = true }
              call.call.end(nil)
            }
          }
        }
        _ = await server.liveConnections.close(reason: "revoked") { _ in true }
        for await _ in call.whenLeft { break }
        request.finish()
        #expect(await end != nil)
      }
    }
    #expect(isDone.withLock { $0 }, "the listener has stopped")
  }

  @Test("a listener that is cancelled waits for what calls do at their end")
  func cancelledListener() async throws {
    let (calls, source) = AsyncStream<Left>.makeStream()
    let (requests, request) = AsyncStream<[UInt8]>.makeStream()
    let (_, response) = AsyncStream<[UInt8]>.makeStream()
    let isDone = Mutex(false)
    let identities = try TestIdentities()
    let tls = identities.serverTLS
    let transport = SecureServerTransport(host: "127.0.0.1", port: 0, tls: { tls })
    let server = GRPCServer(transport: transport, services: [Self.leaving(source)])
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.serve() }
      let port = try #require(try await transport.listeningAddress.port)
      try await withClient(port: port, tls: identities.clientTLS) { client in
        async let end = Self.error { try await Self.call(client, requests, response) }
        var left = calls.makeAsyncIterator()
        let call = try #require(await left.next())
        call.call.receive(BytesDeserializer()) { _ in
          call.call.perform {
            for _ in 0..<1_000 { await Task.yield() }
            call.call.perform {
              isDone.withLock { $0 = true }
              call.call.end(nil)
            }
          }
        }
        group.cancelAll()
        request.finish()
        #expect(await end != nil)
      }
      try? await group.waitForAll()
      #expect(isDone.withLock { $0 }, "the listener has stopped")
    }
  }

  @Test("work is over when it is finished and no call is open, left or not yet left")
  func work() async {
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let work = LoopWork(LoopTaskExecutor(loop))
    let call = GRPCServerCall(
      TestService.method("Session"), stream: LoopReference(eventLoop: loop))
    let context = PeerContext(peer: nil, connection: .random(), remoteAddress: "")
    let calls = CallCounter(maximum: 1)
    #expect(calls.begin())
    work.add(
      .call(call, ConnectionInfo(context: context, remotePeer: "", localPeer: "", calls: calls)))
    work.finish()
    guard case .call? = await work.next() else {
      Issue.record("the call")
      return
    }
    let hosted = HostedCall(call: call, work: work, calls: calls)
    hosted.perform {}
    guard case .errand? = await work.next() else {
      Issue.record("work that comes before the handler has left its call")
      return
    }
    hosted.outlastHandler {}
    #expect(call.handlerReturned() && !calls.begin())
    await withTaskGroup(of: Bool.self) { group in
      group.addTask { if case nil = await work.next() { true } else { false } }
      group.cancelAll()
      hosted.perform {}
      #expect(await group.next() == false, "cancellation is not the end")
      group.addTask { if case nil = await work.next() { true } else { false } }
      hosted.end(nil)
      hosted.end(nil)
      #expect(await group.next() == true)
    }
    #expect(calls.begin() && !calls.begin(), "it counts once")
  }

  @Test("a call that was abandoned before it was left is told so at once")
  func abandonedBefore() {
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let call = GRPCServerCall(
      TestService.method("Session"), stream: LoopReference(eventLoop: loop))
    call.cancel()
    let isTold = Mutex(false)
    call.outlastHandler { isTold.withLock { $0 = true } }
    #expect(isTold.withLock { $0 })
    #expect(call.handlerReturned(), "it goes on all the same")
  }

  @Test("whoever sends to a peer that does not read is told to wait, and when to go on")
  func room() async throws {
    let (calls, source) = AsyncStream<Left>.makeStream()
    let (go, goOn) = AsyncStream<Void>.makeStream()
    try await withStack(Self.leaving(source)) { client in
      async let received: Int = client.bidirectionalStreaming(
        request: StreamingClientRequest { writer in try await writer.write([]) },
        descriptor: TestService.method("Session"), serializer: BytesSerializer(),
        deserializer: BytesDeserializer(), options: .defaults
      ) { response in
        for await _ in go { break }
        var count = 0
        for try await message in response.messages { count += message.count }
        return count
      }
      var left = calls.makeAsyncIterator()
      let call = try #require(await left.next())
      let piece = [UInt8](repeating: 7, count: 64 * 1_024)
      var sent = 1
      while try call.send(piece) { sent += 1 }
      #expect(sent < 64, "not without bounds")
      goOn.yield()
      try await call.call.waitForRoom()
      _ = try call.send(piece)
      call.call.end(nil)
      #expect(try await received == (sent + 1) * piece.count)
    }
  }

  @Test(
    "a call that is left counts among its connection's until it is ended, also without its stream")
  func counted() async throws {
    let (calls, source) = AsyncStream<Left>.makeStream()
    let (requests, request) = AsyncStream<[UInt8]>.makeStream()
    let (_, response) = AsyncStream<[UInt8]>.makeStream()
    var limits = TransportLimits()
    limits.maximumConcurrentStreams = 1
    try await withStack(Self.leaving(source), limits: limits) { client in
      let call = await withTaskGroup(of: Void.self) { group in
        group.addTask { _ = try? await Self.call(client, requests, response) }
        var left = calls.makeAsyncIterator()
        let call = await left.next()
        group.cancelAll()
        return call
      }
      request.finish()
      let left = try #require(call)
      for await _ in left.whenLeft { break }
      let error = await #expect(throws: RPCError.self) { try await client.echo([]) }
      #expect(error?.code == .resourceExhausted)
      left.call.end(nil)
      let next = await #expect(throws: RPCError.self) { try await client.echo([]) }
      #expect(next?.code == .unimplemented)
    }
  }
}
