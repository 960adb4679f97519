import NIOCore
import NIOPosix
import SallyportCore
import SallyportTransportTestSupport
import Testing

@testable import SallyportTransport

/// Many peers at once, honest and other.
extension ListenerTests {
  @Test func stalledSocketsOfOneAddressKeepNobodyElseOut() async throws {
    var limits = TransportLimits()
    limits.maximumWaitingConnections = 1_000
    let identities = try TestIdentities()
    try await withServer(identities: identities, limits: limits) { _, port in
      // More than may be in their handshake, wait and be in the kernel's queue of an idle listener.
      let stalled = try await Self.connect(2_000, from: "127.0.0.2", to: port)
      // Before the handshake's timeout would have thrown the others out.
      try await withClient(port: port, tls: identities.clientTLS) { try await $0.expectEcho() }
      for socket in stalled { try? await socket.close() }
    }
  }

  @Test(.timeLimit(.minutes(1))) func whoLeavesWhileItWaitsCostsNoHandshake() async throws {
    var limits = TransportLimits()
    limits.maximumPendingHandshakes = 1
    // Nothing but their leaving ends those that wait.
    limits.handshakeTimeout = .seconds(600)
    let identities = try TestIdentities()
    try await withServer(identities: identities, limits: limits) { _, port in
      let silent = try await RawSocket(port: port)
      for count in 1...5 {
        let leaving = try await RawSocket(port: port)
        try await leaving.send([UInt8](repeating: 22, count: count * 100))
        try await leaving.closeOutput()
        try await leaving.closed()
      }
      try await silent.close()
      try await withClient(port: port, tls: identities.clientTLS) { try await $0.expectEcho() }
    }
  }

  @Test func manyThatReturnAtOnceAreAllAdmitted() async throws {
    var limits = TransportLimits()
    limits.handshakesPerSecond = 200
    limits.maximumWaitingConnections = 100
    let identities = try TestIdentities()
    try await withServer(identities: identities, limits: limits) { _, port in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<400 {
          group.addTask {
            try await withClient(port: port, tls: identities.clientTLS) {
              try await $0.expectEcho()
            }
          }
        }
        try await group.waitForAll()
      }
    }
  }

  private static func connect(
    _ count: Int, from address: String, to port: Int
  ) async throws -> [any Channel] {
    let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .bind(to: try SocketAddress(ipAddress: address, port: 0))
    var channels: [any Channel] = []
    for _ in 0..<count {
      channels.append(try await bootstrap.connect(host: "127.0.0.1", port: port).get())
    }
    return channels
  }
}
