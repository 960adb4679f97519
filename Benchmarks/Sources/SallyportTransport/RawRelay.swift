import NIOCore
package import SallyportRelay

/// A relay without a seal, from either end: what bytes cost with the outer connections alone. One
/// end asks for a number of bytes, the other sends as many.
///
/// Part of the benchmarks only: nothing that is shipped sends a byte without a seal.
package final class RawRelay: CarrierDelegate {
  private static let piece = ByteBuffer(repeating: 0x5A, count: 64 * 1_024)
  private static let wishLength = 8

  private let carrier: TunnelCarrier
  private let isSource: Bool
  private var wish = ByteBuffer()
  private var unsent = 0
  private var received = 0
  private let outcome: Outcome<Result<Int, RelayError>>

  /// Asks for `bytes`, and returns when the other end has ended its half.
  ///
  /// - Parameter start: Waited for once the relay is open, before anything is asked for.
  /// - Returns: How many arrived.
  package static func receive(
    _ bytes: Int, over dialer: any SealedDialer, _ request: RelayRequest,
    start: @Sendable () async -> Void
  ) async throws -> Int {
    guard let dialer = dialer as? RelayDialer else { throw wrongTransport }
    return try await run(on: dialer.outer, request, isSource: false) { relay in
      await start()
      relay.run { $0.carrier.write(ByteBuffer(integer: UInt64(bytes))) }
    }
  }

  /// Sends what the other end asks for.
  package static func serve(_ request: RelayRequest, over server: any SealedServer) async throws {
    guard let server = server as? RelayServer else { throw wrongTransport }
    _ = try await run(on: server.outer, request, isSource: true) { _ in }
  }

  private static var wrongTransport: RelayError {
    RelayError(code: .refused, message: "not a connection of this transport")
  }

  private static func run(
    on outer: LoopReference<SecureConnection>, _ request: RelayRequest, isSource: Bool,
    onceOpen: (LoopReference<RawRelay>) async -> Void
  ) async throws -> Int {
    let outcome = Outcome<Result<Int, RelayError>>()
    let opened = Outcome<LoopReference<RawRelay>?>()
    outer.eventLoop.execute {
      guard let connection = outer.value else {
        opened.set(nil)
        return outcome.set(.failure(RelayError(code: .connectionLost, message: "not connected")))
      }
      start(on: connection, request, isSource: isSource, outcome, opened)
    }
    if let relay = await opened.wait() ?? nil { await onceOpen(relay) }
    guard let result = await outcome.wait() else { throw CancellationError() }
    return try result.get()
  }

  private static func start(
    on connection: SecureConnection, _ request: RelayRequest, isSource: Bool,
    _ outcome: Outcome<Result<Int, RelayError>>, _ opened: Outcome<LoopReference<RawRelay>?>
  ) {
    func failed(_ error: RelayError) {
      outcome.set(.failure(error))
      opened.set(nil)
    }
    var tunnel: TunnelCarrier?
    do {
      tunnel = try TunnelCarrier(on: connection, request) { answer in
        switch answer {
        case .accepted:
          guard let carrier = tunnel else { return }
          tunnel = nil
          let relay = RawRelay(carrier, isSource: isSource, outcome)
          carrier.setDelegate(relay) { relay.ended() }
          opened.set(LoopReference(relay, eventLoop: carrier.eventLoop))
        case .refused(let refusal):
          failed(RelayError(code: .refused, message: refusal.reason, refusal: refusal))
        case .failed(let error): failed(RelayError(error))
        }
      }
    } catch {
      failed(RelayError(error))
    }
  }

  private init(
    _ carrier: TunnelCarrier, isSource: Bool, _ outcome: Outcome<Result<Int, RelayError>>
  ) {
    self.carrier = carrier
    self.isSource = isSource
    self.outcome = outcome
  }

  private func ended() { outcome.set(.success(received)) }

  private func send() {
    while unsent > 0, carrier.isWritable {
      let count = min(unsent, Self.piece.readableBytes)
      carrier.write(Self.piece.getSlice(at: 0, length: count) ?? Self.piece)
      unsent -= count
      if unsent == 0 { carrier.closeOutput() }
    }
  }

  // MARK: CarrierDelegate

  func carrierIsReady() {}

  func carrierReceived(_ bytes: ByteBuffer) {
    guard isSource else {
      received += bytes.readableBytes
      return
    }
    wish.writeImmutableBuffer(bytes)
    guard wish.readableBytes >= Self.wishLength, let count = wish.readInteger(as: UInt64.self)
    else { return }
    unsent = Int(count)
    send()
  }

  func carrierReadCompleted() {}

  func carrierInputEnded() {
    if !isSource { carrier.closeOutput() }
  }

  func carrierBecameWritable() { send() }

  func carrierClosed(_ error: ConnectionError?) {
    if let error { outcome.set(.failure(RelayError(error))) }
  }
}
