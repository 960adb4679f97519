import FoundationEssentials
import SallyportCore
import SallyportIdentity
import SallyportSession
import SallyportTLS
import Testing

@testable import SallyportEdge

@Suite struct IdentityBoardTests {
  private let root = Result { try TrustRoot.create(trustDomain: "git.acme") }

  private func withState<Value>(
    _ body: (StateDirectory) async throws -> Value
  ) async throws -> Value {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "sallyport-edge-\(UInt64.random(in: .min ... .max))").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try await body(StateDirectory.open(path))
  }

  /// - Returns: The leaf, DER.
  @discardableResult
  private func install(_ files: CredentialFiles, _ name: String) throws -> [UInt8] {
    let root = try root.get()
    let key = SigningKey.generate()
    let issued = try root.issue(
      for: CertificateRequest(verifying: key.certificateRequest()),
      identity: .agent(InnerName(name)))
    try files.replace(key: key, chain: issued.chain, roots: [root.certificate])
    return issued.chain[0]
  }

  @Test func wantsAnOuterIdentity() async throws {
    try await withState { state in
      let error = await #expect(throws: SessionError.self) {
        try await IdentityBoard(state: state, role: .agent, gatewayTrustDomain: "g.example")
      }
      #expect(error?.code == .notEnrolled)
    }
  }

  @Test func presentsTheNewestCertificates() async throws {
    try await withState { state in
      let first = try install(state.identity, "a")
      let board = try await IdentityBoard(
        state: state, role: .agent, gatewayTrustDomain: "g.example")
      #expect(board.outerTLS().certificateChain == [first])
      #expect(board.outerTLS().role == .client)
      #expect(!board.hasInnerIdentity)
      #expect(throws: SessionError.self) { try board.innerTLS() }

      let second = try install(state.identity, "a")
      let inner = try install(state.trust, "a")
      #expect(board.outerTLS().certificateChain == [first])
      try await board.refresh()
      #expect(board.outerTLS().certificateChain == [second])
      #expect(try board.innerTLS().certificateChain == [inner])
      #expect(try board.innerTLS().role == .server)
    }
  }

  /// Nobody else tells that every checkout is about to fail.
  @Test func warnsOfAnInnerIdentityThatEnds() async throws {
    try await withState { state in
      try install(state.identity, "a")
      let board = try await IdentityBoard(
        state: state, role: .agent, gatewayTrustDomain: "g.example")
      #expect(board.innerWarning() == nil)
      try install(state.trust, "a")
      try await board.refresh()
      let now = Date()
      #expect(board.innerWarning(now: now.addingTimeInterval(71 * 86_400)) == nil)
      let soon = board.innerWarning(now: now.addingTimeInterval(73 * 86_400))
      #expect(soon?.hasPrefix("it expires at ") == true)
      let late = board.innerWarning(now: now.addingTimeInterval(91 * 86_400))
      #expect(late?.hasPrefix("it expired at ") == true)
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o644], ofItemAtPath: state.trust.keyPath)
      try await board.refresh()
      #expect(board.innerWarning()?.contains("chmod 600") == true)
    }
  }

  @Test func aWorkerIsTheClientOfSealedChannels() async throws {
    try await withState { state in
      try install(state.identity, "w")
      try install(state.trust, "w")
      let board = try await IdentityBoard(
        state: state, role: .worker, gatewayTrustDomain: "g.example")
      #expect(try board.innerTLS().role == .client)
    }
  }

  @Test func anUnusableInnerIdentityIsNoObstacle() async throws {
    try await withState { state in
      let outer = try install(state.identity, "w")
      try install(state.trust, "w")
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o644], ofItemAtPath: state.trust.keyPath)
      let board = try await IdentityBoard(
        state: state, role: .worker, gatewayTrustDomain: "g.example")
      #expect(board.outerTLS().certificateChain == [outer])
      #expect(board.hasInnerIdentity)
      let error = #expect(throws: SessionError.self) { try board.innerTLS() }
      #expect(error?.message.contains("chmod 600") == true)
    }
  }
}
