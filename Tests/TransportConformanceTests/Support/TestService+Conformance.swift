import GRPCCore
import SallyportTransportTestSupport

extension TestService {
  /// What the clients of other implementations call.
  static let conformance = TestService(methods: [
    "Echo": echo,
    "Count": { request, _ in
      var total = 0
      for try await message in request.messages { total += message.count }
      return single("\(total)")
    },
    "Numbers": { _, _ in
      StreamingServerResponse { writer in
        for number in 0..<1_000 { try await writer.write(Array("\(number)".utf8)) }
        return [:]
      }
    },
    "Flood": { _, _ in
      StreamingServerResponse { writer in
        for _ in 0..<1_024 { try await writer.write([UInt8](repeating: 0, count: 65_536)) }
        return [:]
      }
    },
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
    "Hang": { _, context in
      try await context.cancellation.cancelled
      return single("cancelled")
    },
    "HangAfterOne": { request, context in
      StreamingServerResponse { writer in
        for try await message in request.messages {
          try await writer.write(message)
          break
        }
        try await context.cancellation.cancelled
        return [:]
      }
    },
    "One": { request, _ in
      var messages: [[UInt8]] = []
      for try await message in request.messages { messages.append(message) }
      guard messages.count == 1 else {
        throw RPCError(code: .invalidArgument, message: "one message, please")
      }
      return single("one")
    },
  ])

  private static func single(_ text: String) -> StreamingServerResponse<[UInt8]> {
    StreamingServerResponse { writer in
      try await writer.write(Array(text.utf8))
      return [:]
    }
  }
}
