import GRPCCore
import SallyportCore
import SallyportProtos
import SwiftProtobuf

/// A worker's session, spoken by a test: what a worker would never say can be said here.
struct WorkerConversation: Sendable {
  typealias ToGateway = Sallyport_Worker_V1_WorkerMessage
  typealias ToWorker = Sallyport_Worker_V1_GatewayMessage

  private let outbox: AsyncStream<ToGateway>.Continuation
  private let inbox: AsyncThrowingStream<ToWorker, any Error>

  /// Opens a session, says Hello and hands the Welcome to `body`.
  static func with<Transport: ClientTransport>(
    _ client: GRPCClient<Transport>, inventory: [AttemptID] = [],
    _ body: (WorkerConversation, Sallyport_Session_V1_Welcome) async throws -> Void
  ) async throws {
    let (messages, outbox) = AsyncStream<ToGateway>.makeStream()
    let (answers, inbox) = AsyncThrowingStream<ToWorker, any Error>.makeStream()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        do {
          try await Sallyport_Worker_V1_WorkerService.Client(wrapping: client).session { writer in
            for await message in messages { try await writer.write(message) }
          } onResponse: { response in
            for try await message in response.messages { inbox.yield(message) }
          }
          inbox.finish()
        } catch {
          inbox.finish(throwing: error)
        }
      }
      defer { outbox.finish() }
      let conversation = WorkerConversation(outbox: outbox, inbox: answers)
      conversation.say(
        .with {
          $0.hello.version = "0"
          $0.hello.capacity = 8
          $0.hello.inventory = inventory.map { attempt in
            .with {
              $0.jobID = attempt.job.rawValue
              $0.epoch = attempt.epoch
              $0.phase = .running
            }
          }
        })
      try await body(conversation, try await conversation.answer().welcome)
    }
  }

  func say(_ message: ToGateway) { outbox.yield(message) }

  /// The next message that is not a ping; pings are answered.
  func answer() async throws -> ToWorker {
    for try await message in inbox {
      if case .ping(let ping) = message.message {
        say(.with { $0.pong.nonce = ping.nonce })
        continue
      }
      return message
    }
    throw RPCError(code: .unavailable, message: "the session has ended")
  }

  func ask(_ message: ToGateway) async throws -> ToWorker {
    say(message)
    return try await answer()
  }
}

extension Sallyport_Session_V1_AttemptRef {
  init(_ attempt: AttemptID) {
    self = .with {
      $0.jobID = attempt.job.rawValue
      $0.epoch = attempt.epoch
    }
  }
}
