import NIOCore
import NIOPosix
import SallyportCore
import SallyportIdentity
import SallyportTLS
import SallyportTransport
import Synchronization
import Testing

/// A gateway that has everything a gateway has, its CA's key included, and means harm.
///
/// Workers and VCS agents connect to it as to any gateway. It passes what they say on to the real
/// gateway, with certificates in their names that it issues itself, so that sessions, jobs and
/// relays are real; what goes through relays is the current ``RelayAttack``'s.
final class HostileGateway: Sendable {
  enum Failure: Error { case noPeer, noPort }

  /// Makes the attack for the next relay; runs on an event loop.
  typealias AttackMaker = @Sendable (HostileEvidence) throws -> any RelayAttack

  /// Whom it stands in the way of.
  enum Callers: Sendable { case agents, operators }

  /// `host:port` for its callers.
  let endpoint: String
  private let plan: Plan
  private let channel: any Channel
  private let group: MultiThreadedEventLoopGroup

  /// Stands before the gateway of `stack` while `body` runs.
  static func with(
    _ stack: Stack, callers: Callers = .agents,
    _ body: (HostileGateway) async throws -> Void
  ) async throws {
    let gateway = try await HostileGateway(stack, callers)
    do {
      try await body(gateway)
    } catch {
      try await gateway.stop()
      throw error
    }
    try await gateway.stop()
  }

  private init(_ stack: Stack, _ callers: Callers) async throws {
    let ca = try stack.gatewayCA()
    let endpoints = await stack.endpoints
    let original = callers == .agents ? endpoints.agents : endpoints.operatorAPI
    let plan = Plan(
      ca: ca, gatewayPort: try #require(original.portNumber),
      roles: callers == .agents ? [.worker, .agent] : [.operatorNamed])
    let tls = try TLSContext(plan.serverTLS())
    // One loop, so that the connections of a link can call each other.
    group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    channel = try await ServerBootstrap(group: group)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try HostileLink.accept(channel, tls, plan) }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    guard let port = channel.localAddress?.port else { throw Failure.noPort }
    endpoint = "localhost:\(port)"
    self.plan = plan
  }

  private func stop() async throws {
    try await channel.close()
    try await group.shutdownGracefully()
  }

  /// Everything that it could read so far.
  var traffic: [UInt8] { plan.traffic.bytes }

  /// Does this with every relay that is opened while `body` runs.
  func attacking<Result>(
    _ make: @escaping AttackMaker, _ body: () async throws -> Result
  ) async rethrows -> (Result, HostileEvidence) {
    let evidence = plan.attack.begin(make)
    let result = try await body()
    _ = plan.attack.begin { _ in HonestRelay() }
    return (result, evidence)
  }
}

extension HostileGateway {
  /// What all links of a hostile gateway have in common.
  struct Plan: Sendable {
    let ca: GatewayCA
    let gatewayPort: Int
    let roles: Set<OuterRole>
    let attack = CurrentAttack()
    let traffic = HostileTraffic()

    func serverTLS() throws -> TLSConfiguration {
      let key = SigningKey.generate()
      let issued = try ca.issueServer(
        for: try CertificateRequest(verifying: try key.certificateRequest()),
        names: try ServerNames(["localhost"]))
      return TLSConfiguration(
        role: .server, certificateChain: issued.chain, privateKey: key.derRepresentation,
        trustRoots: [ca.certificate],
        verifyPeer: PeerVerifier.outerClient(
          trustDomain: ca.trustDomain, roles: roles))
    }

    /// With a certificate in the name of `peer`, for a key of our own.
    func engine(as peer: PeerIdentity) throws -> TLSEngine {
      guard let identity = GatewayIdentity(peer.spiffeID) else { throw Failure.noPeer }
      let key = SigningKey.generate()
      let issued = try ca.issue(
        for: try CertificateRequest(verifying: try key.certificateRequest()), identity: identity)
      return try TLSContext(
        TLSConfiguration(
          role: .client, certificateChain: issued.chain, privateKey: key.derRepresentation,
          trustRoots: [ca.certificate])
      ).makeEngine(serverName: "localhost")
    }
  }

  /// Which attack is on. Each attack has evidence of its own.
  final class CurrentAttack: Sendable {
    private let state = Mutex<(make: AttackMaker, evidence: HostileEvidence)>(
      ({ _ in HonestRelay() }, HostileEvidence()))

    func begin(_ make: @escaping AttackMaker) -> HostileEvidence {
      let evidence = HostileEvidence()
      state.withLock { $0 = (make, evidence) }
      return evidence
    }

    /// The relay that begins now.
    func next() throws -> TappedRelay {
      let (make, evidence) = state.withLock { $0 }
      return TappedRelay(try make(evidence), evidence: evidence)
    }
  }
}

extension String {
  /// Of `host:port`.
  fileprivate var portNumber: Int? { split(separator: ":").last.flatMap { Int($0) } }
}
