import GRPCCore
import GRPCInProcessTransport
import SallyportCore
import SallyportProtos
import SallyportRelay
import SwiftProtobuf

@testable import SallyportGateway

/// The far end of a session, driven by a test.
struct SessionDouble<Outgoing: Sendable, Incoming: Sendable>: Sendable {
  let outgoing: AsyncStream<Outgoing>.Continuation
  let incoming: AsyncThrowingStream<Incoming, any Error>

  func send(_ message: Outgoing) { outgoing.yield(message) }

  /// The next message, leaving out those that do not matter to the test.
  func next<Value>(
    _ select: (Incoming) -> Value?
  ) async throws -> Value {
    for try await message in incoming {
      if let value = select(message) { return value }
    }
    throw RPCError(code: .unknown, message: "the session ended without the expected message")
  }

  /// Waits for the end.
  ///
  /// - Returns: The error that ended it; nil for status `OK`.
  func end() async -> RPCError? {
    do {
      for try await _ in incoming {}
      return nil
    } catch {
      return error as? RPCError
    }
  }
}

typealias WorkerDouble = SessionDouble<WorkerMessage, MessageToWorker>
typealias AgentDouble = SessionDouble<AgentMessage, MessageToAgent>

extension TestGateway {
  func withWorkerSession<Result: Sendable>(
    _ peer: PeerContext, inventory: [AttemptID] = [], capacity: UInt32 = 4,
    _ body: (WorkerDouble, Welcome) async throws -> Result
  ) async throws -> Result {
    try await withRawWorkerSession(peer) { double in
      double.send(
        .with {
          $0.hello = .with {
            $0.version = "0.1.0"
            $0.capacity = capacity
            $0.inventory = inventory.map { attempt in
              .with {
                $0.jobID = attempt.job.rawValue
                $0.epoch = attempt.epoch
                $0.phase = .running
              }
            }
          }
        })
      let welcome = try await double.next {
        if case .welcome(let welcome)? = $0.message { welcome } else { nil }
      }
      return try await body(double, welcome)
    }
  }

  func withRawWorkerSession<Result: Sendable>(
    _ peer: PeerContext, _ body: (WorkerDouble) async throws -> Result
  ) async throws -> Result {
    let (messages, outgoing) = AsyncStream<WorkerMessage>.makeStream()
    let (incoming, source) = AsyncThrowingStream<MessageToWorker, any Error>.makeStream()
    return try await asPeer(peer) { client in
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          do {
            try await WorkerClient(wrapping: client).session(
              requestProducer: { writer in
                for await message in messages { try await writer.write(message) }
              },
              onResponse: { response in
                for try await message in response.messages { source.yield(message) }
              })
            source.finish()
          } catch {
            source.finish(throwing: error)
          }
        }
        defer { outgoing.finish() }
        let result = try await body(WorkerDouble(outgoing: outgoing, incoming: incoming))
        outgoing.finish()
        try await group.waitForAll()
        return result
      }
    }
  }

  func withAgentSession<Result: Sendable>(
    _ peer: PeerContext, capacity: UInt32 = 4,
    _ body: (AgentDouble) async throws -> Result
  ) async throws -> Result {
    let (messages, outgoing) = AsyncStream<AgentMessage>.makeStream()
    let (incoming, source) = AsyncThrowingStream<MessageToAgent, any Error>.makeStream()
    return try await asPeer(peer) { client in
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          do {
            try await VCSClient(wrapping: client).session(
              requestProducer: { writer in
                for await message in messages { try await writer.write(message) }
              },
              onResponse: { response in
                for try await message in response.messages { source.yield(message) }
              })
            source.finish()
          } catch {
            source.finish(throwing: error)
          }
        }
        defer { outgoing.finish() }
        let double = AgentDouble(outgoing: outgoing, incoming: incoming)
        double.send(.with { $0.hello = .with { $0.capacity = capacity } })
        _ = try await double.next {
          if case .welcome(let welcome)? = $0.message { welcome } else { nil }
        }
        let result = try await body(double)
        outgoing.finish()
        try await group.waitForAll()
        return result
      }
    }
  }
}

extension WorkerDouble {
  func grant(_ credits: UInt32, barrier: UInt64 = 0) {
    send(
      .with {
        $0.credits = .with {
          $0.credits = credits
          $0.barrier = barrier
        }
      })
  }

  func offer() async throws -> AttemptRef {
    try await next { if case .offer(let offer)? = $0.message { offer.attempt } else { nil } }
  }

  func accept(_ attempt: AttemptRef) {
    send(.with { $0.accept = .with { $0.attempt = attempt } })
  }

  /// Returns once the gateway has dealt with everything sent so far.
  func settle() async throws {
    let nonce = UInt64.random(in: 1 ... .max)
    send(.with { $0.ping = .with { $0.nonce = nonce } })
    try await next {
      if case .pong(let pong)? = $0.message, pong.nonce == nonce { () } else { nil }
    }
  }

  /// Takes one job and accepts it.
  func runJob() async throws -> AttemptRef {
    grant(1)
    let attempt = try await offer()
    accept(attempt)
    try await settle()
    return attempt
  }
}
