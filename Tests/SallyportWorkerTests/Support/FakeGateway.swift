import GRPCCore
import GRPCInProcessTransport
import SallyportCore
import SallyportProtos
import SallyportRelay
import SwiftProtobuf
import Synchronization

@testable import SallyportWorker

/// A gateway without a store: it records what a worker says, answers as told, and can misbehave.
final class FakeGateway: Sendable {
  enum Event: Sendable {
    case hello(Sallyport_Session_V1_Hello)
    case message(Sallyport_Worker_V1_WorkerMessage)
    case finish(Sallyport_Worker_V1_FinishAttemptRequest)
    case sessionEnded
  }

  /// What to do with one log chunk.
  enum LogAnswer: Sendable {
    case commit
    /// Commit, but say nothing.
    case commitSilently
    /// Do not commit; answer with the durable offset.
    case ignore
    /// End the stream.
    case fail(RPCError.Code)
  }

  struct State {
    var logs: [AttemptID: [UInt8]] = [:]
    /// Bytes received but not answered, at most.
    var largestUnacknowledged = 0
    var finishes: [Sallyport_Worker_V1_FinishAttemptRequest] = []
    /// Whether sessions end because the gateway does, not because of newer ones.
    var isRestarting = false
    var outgoing: AsyncStream<Sallyport_Worker_V1_GatewayMessage?>.Continuation?
    /// The session before the newest.
    var older: AsyncStream<Sallyport_Worker_V1_GatewayMessage?>.Continuation?
  }

  let externalID: String
  let state = Mutex(State())
  /// Set with the first Hello: from then on messages can be sent.
  let opened = Latch<Bool>()
  let welcome: Mutex<Sallyport_Session_V1_Welcome>
  /// How many renewals are answered.
  let renewalsToAnswer = Mutex(Int.max)
  /// False: a Hello is not answered, and the session before it goes on.
  let answersHello = Mutex(true)
  /// Called for each chunk with its number over all streams, from zero.
  let logAnswers = Mutex<@Sendable (Int) -> LogAnswer>({ _ in .commit })
  let chunkCount = Mutex(0)
  /// How many calls of FinishAttempt fail, and with what, before one is answered.
  let finishFailures = Mutex<[RPCError.Code]>([])
  /// Answers whoever asks for sealed secrets.
  let sealedSecrets = Mutex<
    @Sendable (Sallyport_Worker_V1_GetSealedSecretsRequest) throws
      -> [Sallyport_Worker_V1_SealedSecret]
  >({ _ in [] })
  private let events: AsyncStream<Event>
  private let post: AsyncStream<Event>.Continuation

  init(externalID: String = "0123456789abcdef0123456789abcdef") {
    self.externalID = externalID
    (events, post) = AsyncStream.makeStream()
    welcome = Mutex(
      .with {
        $0.sessionID = SessionID.random().rawValue
        $0.externalID = externalID
        $0.pingInterval.seconds = 30
        $0.leaseDuration.seconds = 120
        $0.leaseRenewInterval.seconds = 20
        $0.acceptTimeout.seconds = 15
      })
  }

  /// The next event for which `select` gives a value; earlier ones are dropped.
  func next<Result: Sendable>(_ select: (Event) -> Result?) async throws -> Result {
    for await event in events {
      if let result = select(event) { return result }
    }
    throw CancellationError()
  }

  func nextMessage<Result: Sendable>(
    _ select: (Sallyport_Worker_V1_WorkerMessage.OneOf_Message) -> Result?
  ) async throws -> Result {
    try await next { event in
      guard case .message(let message) = event, let content = message.message else { return nil }
      return select(content)
    }
  }

  func sendWelcome() {
    let welcome = self.welcome.withLock { $0 }
    send { $0.welcome = welcome }
  }

  func send(_ populate: (inout Sallyport_Worker_V1_GatewayMessage) -> Void) {
    var message = Sallyport_Worker_V1_GatewayMessage()
    populate(&message)
    _ = state.withLock { $0.outgoing }?.yield(message)
  }

  func offer(
    _ attempt: AttemptID, externalID: String? = nil,
    _ populate: (inout Sallyport_Worker_V1_JobSpec) -> Void
  ) {
    send {
      $0.offer.attempt = attempt.message
      $0.offer.externalID = externalID ?? self.externalID
      populate(&$0.offer.job)
    }
  }

  /// Cuts the session off, as a crash would.
  func disconnect() {
    let outgoing = state.withLock { state in
      state.isRestarting = true
      return state.outgoing
    }
    outgoing?.yield(nil)
  }

  func log(of attempt: AttemptID) throws -> [LogEntry] {
    var decoder = LogEntryDecoder()
    decoder.append(state.withLock { $0.logs[attempt] ?? [] })
    var entries: [LogEntry] = []
    while let entry = try decoder.next() { entries.append(entry) }
    return entries
  }

  func text(of attempt: AttemptID, _ stream: LogStreamID = .stdout) throws -> String {
    String(
      decoding: try log(of: attempt).filter { $0.stream == stream }.flatMap(\.payload),
      as: UTF8.self)
  }
}

extension FakeGateway: Sallyport_Worker_V1_WorkerService.SimpleServiceProtocol {
  func session(
    request: RPCAsyncSequence<Sallyport_Worker_V1_WorkerMessage, any Error>,
    response: RPCWriter<Sallyport_Worker_V1_GatewayMessage>, context: ServerContext
  ) async throws {
    let (outgoing, continuation) = AsyncStream.makeStream(
      of: Sallyport_Worker_V1_GatewayMessage?.self)
    // As the real one does: a newer session supersedes the older.
    let older = state.withLock { state in
      defer { state.outgoing = continuation }
      state.older = state.outgoing
      return state.outgoing
    }
    if answersHello.withLock({ $0 }) { older?.yield(nil) }
    defer { post.yield(.sessionEnded) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        for try await message in request { self.received(message) }
        continuation.finish()
      }
      for await message in outgoing {
        guard let message else {
          group.cancelAll()
          throw RPCError(
            code: state.withLock { $0.isRestarting } ? .unavailable : .aborted, message: "ended")
        }
        try await response.write(message)
      }
      group.cancelAll()
    }
  }

  private func mayAnswerRenewal() -> Bool {
    renewalsToAnswer.withLock { left in
      defer { left = max(left - 1, 0) }
      return left > 0
    }
  }

  private func received(_ message: Sallyport_Worker_V1_WorkerMessage) {
    switch message.message {
    case .hello(let hello):
      if answersHello.withLock({ $0 }) { sendWelcome() }
      opened.set(true)
      post.yield(.hello(hello))
      return
    case .ping(let ping): send { $0.pong.nonce = ping.nonce }
    case .credits(let credits) where credits.barrier > 0:
      send { $0.creditsBarrier.barrier = credits.barrier }
    case .renewLeases(let renewal) where mayAnswerRenewal():
      let lease = welcome.withLock { $0.leaseDuration }
      send {
        $0.leasesRenewed.renewals = renewal.attempts.map { attempt in
          .with {
            $0.attempt = attempt
            $0.renewed = true
            $0.remaining = lease
          }
        }
      }
    default: break
    }
    post.yield(.message(message))
  }

  func writeLog(
    request: RPCAsyncSequence<Sallyport_Worker_V1_LogChunk, any Error>,
    response: RPCWriter<Sallyport_Worker_V1_LogAck>, context: ServerContext
  ) async throws {
    var silent = 0
    for try await chunk in request {
      guard let attempt = AttemptID(chunk.attempt),
        CRC32C.checksum(chunk.data) == chunk.crc32C
      else { throw RPCError(code: .dataLoss, message: "damaged") }
      let number = chunkCount.withLock { count in
        defer { count += 1 }
        return count
      }
      let answer = logAnswers.withLock { $0 }(number)
      switch answer {
      case .commit, .commitSilently: try commit(chunk, of: attempt)
      case .ignore: break
      case .fail(let code): throw RPCError(code: code, message: "as told")
      }
      if case .commitSilently = answer {
        silent += chunk.data.count
        state.withLock { $0.largestUnacknowledged = max($0.largestUnacknowledged, silent) }
        continue
      }
      silent = 0
      let durable = state.withLock { $0.logs[attempt]?.count ?? 0 }
      try await response.write(
        .with {
          $0.attempt = chunk.attempt
          $0.durableOffset = UInt64(durable)
        })
    }
  }

  /// As the protocol says: below the durable offset compared and skipped, above it ignored.
  private func commit(_ chunk: Sallyport_Worker_V1_LogChunk, of attempt: AttemptID) throws {
    try state.withLock { state in
      var log = state.logs[attempt] ?? []
      let offset = Int(chunk.offset)
      guard offset <= log.count else { return }
      let overlap = min(log.count - offset, chunk.data.count)
      guard Array(log[offset..<offset + overlap]) == Array(chunk.data.prefix(overlap)) else {
        throw RPCError(code: .failedPrecondition, message: "differs from what was acknowledged")
      }
      log += chunk.data.dropFirst(overlap)
      state.logs[attempt] = log
    }
  }

  func finishAttempt(
    request: Sallyport_Worker_V1_FinishAttemptRequest, context: ServerContext
  ) async throws -> Sallyport_Worker_V1_FinishAttemptResponse {
    state.withLock { $0.finishes.append(request) }
    let failure = finishFailures.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    if let failure { throw RPCError(code: failure, message: "as told") }
    post.yield(.finish(request))
    return .with { $0.recordedOutcome = request.outcome }
  }

  func getSealedSecrets(
    request: Sallyport_Worker_V1_GetSealedSecretsRequest,
    response: RPCWriter<Sallyport_Worker_V1_SealedSecret>, context: ServerContext
  ) async throws {
    let answer = sealedSecrets.withLock { $0 }
    for secret in try answer(request) { try await response.write(secret) }
  }
}

/// Connects to a ``FakeGateway`` inside the process, anew for each link.
struct InProcessDialer: GatewayDialer {
  let gateway: FakeGateway
  var sealed: (any SealedDialer)?

  func withLink<Result: Sendable>(
    _ body: (GatewayLink<InProcessTransport.Client>) async throws -> Result
  ) async throws -> Result {
    let transport = InProcessTransport()
    let server = GRPCServer(transport: transport.server, services: [gateway])
    let client = GRPCClient(transport: transport.client)
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.serve() }
      group.addTask { try await client.runConnections() }
      defer { group.cancelAll() }
      return try await body(GatewayLink(client: client, dialer: sealed, server: nil))
    }
  }
}
