import ArgumentParser
import BenchmarkSupport
import GRPCCore
import HTTPTypes
import NIOCore
import SallyportCore
import SallyportProtos
import SallyportRelay
import SallyportTLS
import SallyportTransport
import SwiftProtobuf

/// Serves as many bytes as are asked for, in as many relays as the gateway opens.
struct Agent: AsyncParsableCommand {
  @OptionGroup var link: Link

  func run() async throws {
    try await link.dialer(.server).withLink { gateway in
      guard let server = gateway.server else { return }
      let (messages, outbox) = AsyncStream<Sallyport_Vcs_V1_AgentMessage>.makeStream()
      outbox.yield(
        .with {
          $0.hello.version = "0"
          $0.hello.capacity = 1_024
        })
      let isSealed = link.inner != nil
      let service = Sallyport_Vcs_V1_VCSService.Client(wrapping: gateway.client)
      try await service.session { writer in
        for await message in messages { try await writer.write(message) }
      } onResponse: { response in
        try await withThrowingDiscardingTaskGroup { group in
          for try await message in response.messages {
            switch message.message {
            case .welcome: say("session open")
            case .ping(let ping): outbox.yield(.with { $0.pong.nonce = ping.nonce })
            case .openRelay(let wish):
              let request = RelayRequest(authority: "\(wish.relayID).relay.sallyport")
              group.addTask { await serve(request, server, isSealed: isSealed) }
            default: break
            }
          }
        }
      }
    }
  }

  private func serve(
    _ request: RelayRequest, _ server: any SealedServer, isSealed: Bool
  ) async {
    do {
      if isSealed {
        try await server.serve(request, handler: Source())
      } else {
        try await RawRelay.serve(request, over: server)
      }
    } catch {
      say("relay failed: \(error)")
    }
  }
}

/// `GET /NUMBER` is answered with as many bytes.
struct Source: SealedHandler {
  private static let piece = ByteBuffer(repeating: 0x5A, count: 64 * 1_024)

  func handle(
    _ request: HTTPRequest, body: SealedBody, from peer: PeerIdentity,
    response: any SealedResponder
  ) async throws {
    var unsent = request.path.flatMap { Int($0.dropFirst()) } ?? 0
    try await response.start(HTTPResponse(status: .ok))
    while unsent > 0 {
      let count = min(unsent, Self.piece.readableBytes)
      try await response.write(Self.piece.getSlice(at: 0, length: count) ?? Self.piece)
      unsent -= count
    }
    try await response.finish()
  }
}
