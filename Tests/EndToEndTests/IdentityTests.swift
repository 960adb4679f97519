import FoundationEssentials
import GRPCCore
import NIOCore
import SallyportCore
import SallyportHTTP2
import SallyportIdentity
import SallyportProtos
import SallyportRelay
import SwiftProtobuf
import Testing

/// Who may talk to a gateway, and what becomes of whoever may not.
@Suite(.serialized, .timeLimit(.minutes(3))) struct IdentityTests {
  /// What a gRPC client sends first, whether it may or not: a call of this method, and that there will
  /// be no other. The engine takes what comes back.
  func call(_ method: String) throws -> (engine: HTTP2Engine, bytes: Data) {
    let http2 = try HTTP2Engine(role: .client, limits: TransportLimits(), now: { .now() })
    let stream = try http2.openStream(
      [
        HeaderField(":method", "POST"), HeaderField(":scheme", "https"),
        HeaderField(":path", "/\(method)"), HeaderField(":authority", "localhost"),
        HeaderField("content-type", "application/grpc"), HeaderField("te", "trailers"),
      ], endStream: false)
    try http2.sendData(stream, .init(bytes: [0, 0, 0, 0, 0]), endStream: true)
    http2.goAway(.noError, debugData: "")
    var bytes = ByteBuffer()
    _ = try http2.produce(into: &bytes, limit: 1 << 20)
    return (http2, Data(bytes.readableBytesView))
  }

  @Test func withoutACertificateThereIsNoConnection() async throws {
    try await Stack.with(.gatewayOnly) { stack in
      let endpoints = await stack.endpoints
      for (endpoint, method) in [
        (endpoints.agents, "sallyport.worker.v1.WorkerService/FinishAttempt"),
        (endpoints.operatorAPI, "sallyport.operator.v1.OperatorService/ListPools"),
      ] {
        let request = "\(stack.data)/request"
        try call(method).bytes.write(to: URL(filePath: request))
        // Sends the call in the same breath as the end of its handshake, and reads what comes.
        let openssl = """
          exec timeout 20 openssl s_client -connect "$1" -servername localhost -tls1_3 -alpn h2 \
            -CAfile "$2" -verify_return_error -quiet "${@:4}" < "$3"
          """
        let arguments = [
          "-c", openssl, "bash", endpoint, "\(stack.data)/gateway/ca.pem", request,
        ]
        let result = try await stack.executables.run("/bin/bash", arguments)
        #expect(result.status != 0 && result.status != 124, "\(result.status)")
        #expect(result.errorText.contains("alert certificate required"), "\(result.errorText)")
        #expect(result.errorText.contains("SSL alert number 116"), "\(result.errorText)")
        // Not one frame.
        #expect(result.output == [])
      }
      for listener in ["agents", "operator"] {
        _ = try await stack.logLines("gateway", matching: "peer refused listener=\(listener) ")
      }
      let refused = try await stack.refusedConnections()
      #expect(refused.map { String($0.prefix { $0 != " " }) } == ["agents", "operator"])
      #expect(refused.allSatisfy { $0.contains("certificate") }, "\(refused)")
    }
  }

  @Test func certificatesOfAnotherCAAndExpiredOnesEndTheHandshake() async throws {
    try await Stack.with { stack in
      let agents = await stack.endpoints.agents
      let stolen = try stack.outerCredentials(of: "worker-1")
      let identity = try #require(stolen.leaf.spiffeID.flatMap { GatewayIdentity($0) })
      let key = SigningKey.generate()
      let request = try CertificateRequest(verifying: try key.certificateRequest())
      let foreign = try GatewayCA.create(trustDomain: Stack.gatewayTrustDomain)
        .issue(for: request, identity: identity)
      // As if issued five minutes ago, for one: the CA's own certificate reaches back that far.
      let expired = try stack.gatewayCA().issue(
        for: request, identity: identity, lifetime: .seconds(60),
        now: Date().addingTimeInterval(-200))
      let roots = stolen.roots
      for (chain, alert) in [
        (foreign.chain, "unknown_ca"), (expired.chain, "certificate_expired"),
      ] {
        let credentials = try Credentials(chain: chain, key: key, roots: roots)
        let refusal = try await HostileClient(agents, credentials).refusal()
        #expect(refusal.contains("refused our certificate (alert: \(alert))"), "\(refusal)")
      }
      // The same name from the right CA, in time, is let in.
      let good = try stack.gatewayCA().issue(for: request, identity: identity)
      let credentials = try Credentials(chain: good.chain, key: key, roots: roots)
      try await HostileClient(agents, credentials).withLink { _ in }
    }
  }

  @Test func aCertificateIsGoodForItsListenerOnly() async throws {
    try await Stack.with { stack in
      let endpoints = await stack.endpoints
      for (endpoint, credentials) in [
        (endpoints.operatorAPI, try stack.outerCredentials(of: "worker-1")),
        (endpoints.operatorAPI, try stack.outerCredentials(of: "agent-1")),
        (endpoints.agents, try await stack.operatorCredentials()),
      ] {
        let refusal = try await HostileClient(endpoint, credentials).refusal()
        #expect(refusal.contains("refused our certificate (alert: bad_certificate)"), "\(refusal)")
      }
      try await HostileClient(endpoints.operatorAPI, try await stack.operatorCredentials())
        .withLink { _ in }
    }
  }

  @Test func aCertificateIsGoodForItsRoleOnly() async throws {
    try await Stack.with { stack in
      let agents = await stack.endpoints.agents
      let (worker, agent) = (
        try stack.outerCredentials(of: "worker-1"), try stack.outerCredentials(of: "agent-1")
      )
      let attempt = AttemptID(job: .random(), epoch: 1)
      let relay = RelayID.random()

      try await HostileClient(
        agents, worker, inner: try stack.innerCredentials(of: "worker-1")
      ).withLink { link in
        let session = await #expect(throws: RPCError.self) {
          try await Sallyport_Vcs_V1_VCSService.Client(wrapping: link.client).session { _ in
          } onResponse: { response in
            for try await _ in response.messages {}
          }
        }
        #expect(session?.code == .permissionDenied)
        #expect(session?.message == "this certificate does not allow this call")
        let refusal = try await link.refusedRelay(to: "\(relay).relay.sallyport")
        #expect(refusal.status == 404)
      }

      try await HostileClient(
        agents, agent, inner: try stack.innerCredentials(of: "worker-1")
      ).withLink { link in
        let service = Sallyport_Worker_V1_WorkerService.Client(wrapping: link.client)
        let session = await #expect(throws: RPCError.self) {
          try await WorkerConversation.with(link.client) { _, _ in }
        }
        let log = await #expect(throws: RPCError.self) {
          try await service.writeLog { _ in
          } onResponse: { response in
            for try await _ in response.messages {}
          }
        }
        let finish = await #expect(throws: RPCError.self) {
          _ = try await service.finishAttempt(.with { $0.attempt = .init(attempt) })
        }
        for error in [session, log, finish] {
          #expect(error?.code == .permissionDenied)
          #expect(error?.message == "this certificate does not allow this call")
        }
        let refusal = try await link.refusedRelay(to: "on-prem.vcs.sallyport", attempt)
        #expect(refusal.status == 403)
      }

      let denied = try await stack.auditRecords().filter { $0.decision == "denied" }
      func actions(of credentials: Credentials) -> [String] {
        denied.filter { $0.actor == credentials.leaf.spiffeID?.uri }.map(\.action)
      }
      #expect(
        actions(of: worker) == ["sallyport.vcs.v1.VCSService/Session", "relay.join"])
      #expect(
        actions(of: agent) == [
          "sallyport.worker.v1.WorkerService/Session",
          "sallyport.worker.v1.WorkerService/WriteLog",
          "sallyport.worker.v1.WorkerService/FinishAttempt", "relay.open",
        ])
      // Nobody's session was taken over by these.
      #expect(try await stack.submit([], command: ["true"]).result.status == 0)
    }
  }
}
