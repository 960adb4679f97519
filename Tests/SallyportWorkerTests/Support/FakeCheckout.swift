import HTTPTypes
import NIOCore
import SallyportCore
import SallyportRelay
import Synchronization

@testable import SallyportWorker

/// Writes one file, or fails, instead of fetching.
final class FakeCheckout: CheckoutProvider {
  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  static let commit = "0123456789012345678901234567890123456789"

  /// Errors to fail with, one after the other, before it succeeds.
  let failures = Mutex<[any Error & Sendable]>([])
  let requests = Mutex<[CheckoutSpecification]>([])
  /// Where set, a checkout does not end before it is released.
  let hangs = Mutex(false)
  let released = Latch<Bool>()
  let started = Latch<Bool>()

  func checkOut(
    _ specification: CheckoutSpecification, into directory: String,
    through open: @escaping OpenChannel, progress: @escaping @Sendable (String) -> Void
  ) async throws -> CheckedOut {
    requests.withLock { $0.append(specification) }
    try await open { _ in
      self.started.set(true)
      progress("fetching")
      let failure = self.failures.withLock { $0.isEmpty ? nil : $0.removeFirst() }
      let workspace = try FileDescriptor.open("\(directory)/part", 0o101)
      try workspace.writeAll(Array("content".utf8), "write")
      if let failure { throw failure }
      if self.hangs.withLock({ $0 }) { _ = try await self.released.wait() }
      let file = try FileDescriptor.open("\(directory)/file", 0o101)
      try file.writeAll(Array("content".utf8), "write")
    }
    return CheckedOut(commit: Self.commit, summary: "received nothing")
  }

  func isTransient(_ error: any Error) -> Bool { false }
}

/// Opens channels that carry nothing, and remembers what for.
final class FakeSealedDialer: SealedDialer {
  let requests = Mutex<[RelayRequest]>([])
  /// Errors to fail with before a channel opens.
  let failures = Mutex<[RelayError]>([])
  /// What the VCS agent was shown.
  let grants = Mutex<[[UInt8]]>([])
  /// What it says to that.
  let grantStatus = Mutex(204)

  func withSealedChannel<Result: Sendable>(
    _ request: RelayRequest, _ body: (any SealedChannel) async throws -> Result
  ) async throws -> Result {
    requests.withLock { $0.append(request) }
    let failure = failures.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    if let failure { throw failure }
    return try await body(FakeChannel(dialer: self))
  }
}

private struct FakeChannel: SealedChannel {
  let peer: PeerIdentity
  private let dialer: FakeSealedDialer

  init(dialer: FakeSealedDialer) throws {
    self.dialer = dialer
    peer = PeerIdentity(
      spiffeID: try SPIFFEID(parsing: "spiffe://customer.example/vcs-agent/one"),
      certificateFingerprint: "", serialNumber: "", notAfter: 0)
  }

  func withExchange<Result: Sendable>(
    _ request: HTTPRequest, requestBody: SealedBody?,
    _ body: (HTTPResponse, SealedBody) async throws -> Result
  ) async throws -> Result {
    guard request.method == .put, request.path == "/.sallyport/grant", let requestBody else {
      throw RelayError(code: .reset, message: "nothing is behind this channel")
    }
    var grant: [UInt8] = []
    for try await piece in requestBody { grant += piece.readableBytesView }
    dialer.grants.withLock { $0.append(grant) }
    let status = dialer.grantStatus.withLock { $0 }
    return try await body(
      HTTPResponse(status: .init(code: status)), SinglePiece(ByteBuffer(string: "because\n")))
  }
}
