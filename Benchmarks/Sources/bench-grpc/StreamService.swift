import GRPCCore

/// `Echo` sends its message back; `Stream` sends as many messages of one size as are asked for.
struct StreamService: RegistrableRPCService {
  static let echo = MethodDescriptor(fullyQualifiedService: "bench.Stream", method: "Echo")
  static let stream = MethodDescriptor(fullyQualifiedService: "bench.Stream", method: "Stream")

  func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
    router.registerHandler(
      forMethod: Self.echo, deserializer: BytesDeserializer(), serializer: BytesSerializer()
    ) { request, _ in
      StreamingServerResponse { writer in
        for try await message in request.messages { try await writer.write(message) }
        return [:]
      }
    }
    router.registerHandler(
      forMethod: Self.stream, deserializer: BytesDeserializer(), serializer: BytesSerializer()
    ) { request, _ in
      StreamingServerResponse { writer in
        for try await message in request.messages {
          let wish = StreamWish(message)
          let piece = [UInt8](repeating: 0x5A, count: wish.size)
          for _ in 0..<wish.count { try await writer.write(piece) }
        }
        return [:]
      }
    }
  }
}

/// What a client of `Stream` asks for.
struct StreamWish {
  var count: Int
  var size: Int

  init(count: Int, size: Int) {
    self.count = count
    self.size = size
  }

  init(_ message: [UInt8]) {
    let numbers = String(decoding: message, as: UTF8.self).split(separator: " ").map { Int($0) }
    count = numbers.first.flatMap { $0 } ?? 0
    size = numbers.last.flatMap { $0 } ?? 0
  }

  var message: [UInt8] { Array("\(count) \(size)".utf8) }
}
