import Foundation
import SallyportCore
import SallyportIdentity
import SallyportProtos
import SallyportSession
import Testing

@Suite(.timeLimit(.minutes(1))) struct EnrollmentTests {
  let token = EnrollmentToken.make()
  let ca: GatewayCA
  init() throws { ca = try GatewayCA.create(trustDomain: "gw.test") }

  func enroll(
    _ service: FakeEnrollService, path: String, role: EnrollmentRole = .worker,
    token: EnrollmentToken? = nil, displayName: String = "host-1"
  ) async throws -> EnrollmentRecord {
    let token = token ?? self.token
    return try await withInProcessGateway([service]) { client in
      let state = try StateDirectory.open(path)
      return try await Enrollment(
        role: role, displayName: displayName
      ).enroll(over: client, token: token, into: state)
    }
  }

  @Test(arguments: EnrollmentRole.allCases) func writesTheStateDirectory(role: EnrollmentRole)
    async throws
  {
    try await withStatePath { path in
      let service = FakeEnrollService(ca: ca, token: token)
      let record = try await enroll(service, path: path, role: role)
      #expect(record.externalID == service.externalID)
      #expect(record.role == role)
      #expect(record.trustDomain == "gw.test")

      let state = try StateDirectory.open(path)
      let credentials = try await state.outerCredentials()
      #expect(credentials.leaf.spiffeID == record.spiffeID)
      #expect(credentials.roots == [ca.certificate])
      let read = try state.enrollment()
      #expect(read.spiffeID == record.spiffeID)
      #expect(read.externalID == record.externalID)
      #expect(read.role == role)
      #expect(try permissions("\(path)/identity/key.pem") == 0o600)
      #expect(try permissions(path) == 0o700)
      #expect(try permissions("\(path)/identity") == 0o700)
      // Neither the token nor anything secret but the key is kept.
      let secret = token.text.withValue { $0 }
      for file in ["enrollment.json", "lock", "identity/certificate.pem"] {
        let text = try String(contentsOfFile: "\(path)/\(file)", encoding: .utf8)
        #expect(!text.contains(secret))
      }
    }
  }

  @Test func aRetryAfterALostAnswerGetsTheSameCertificate() async throws {
    try await withStatePath { path in
      let service = FakeEnrollService(ca: ca, token: token, lostAnswers: 2)
      for _ in 0..<2 {
        let error = await #expect(throws: SessionError.self) {
          try await enroll(service, path: path)
        }
        #expect(error?.code == .unavailable)
        #expect(throws: SessionError.self) { try StateDirectory.open(path).enrollment() }
      }
      let record = try await enroll(service, path: path)
      #expect(service.issued == 1)
      #expect(
        Set(
          service.requests.map { try? CertificateRequest(verifying: Array($0.csrDer)) }
            .map { $0?.publicKeyFingerprint }
        ).count == 1)
      let credentials = try await StateDirectory.open(path).outerCredentials()
      #expect(credentials.leaf.spiffeID == record.spiffeID)
    }
  }

  @Test func aSecondHostWithTheSameTokenIsRefused() async throws {
    try await withStatePath { first in
      try await withStatePath { second in
        let service = FakeEnrollService(ca: ca, token: token)
        _ = try await enroll(service, path: first)
        let error = await #expect(throws: SessionError.self) {
          try await enroll(service, path: second)
        }
        #expect(error?.code == .refused)
        #expect(error?.exitCode == ExitCode.noPermission)
      }
    }
  }

  @Test func enrollingTwiceKeepsTheFirstIdentity() async throws {
    try await withStatePath { path in
      let service = FakeEnrollService(ca: ca, token: token)
      let record = try await enroll(service, path: path)
      let error = await #expect(throws: SessionError.self) {
        try await enroll(service, path: path)
      }
      #expect(error?.code == .alreadyEnrolled)
      #expect(error?.message.contains(record.spiffeID.uri) == true)
      #expect(service.requests.count == 1)
    }
  }

  @Test func aWrongTokenIsRefusedWithoutBeingShown() async throws {
    try await withStatePath { path in
      let wrong = EnrollmentToken.make()
      let error = await #expect(throws: SessionError.self) {
        try await enroll(FakeEnrollService(ca: ca, token: token), path: path, token: wrong)
      }
      #expect(error?.code == .refused)
      let secret = wrong.text.withValue { $0 }.dropFirst(17).prefix(16)
      #expect(error.map { "\($0)".contains(secret) } == false)
    }
  }

  @Test func aLongDisplayNameIsCutAtACharacter() async throws {
    try await withStatePath { path in
      let service = FakeEnrollService(ca: ca, token: token)
      _ = try await enroll(
        service, path: path, displayName: String(repeating: "\u{1F980}", count: 100))
      let sent = try #require(service.requests.first?.displayName)
      #expect(sent == String(repeating: "\u{1F980}", count: 63))
    }
  }

  static let bends:
    [(String, @Sendable (inout Sallyport_Enroll_V1_EnrollResponse) throws -> Void)] = [
      ("no certificate", { $0.certificateChainDer = [] }),
      ("no CA", { $0.gatewayCaDer = [] }),
      ("garbage", { $0.certificateChainDer = [Data([1, 2, 3])] }),
      (
        "certificate for another key",
        { response in
          let ca = try GatewayCA.create(trustDomain: "gw.test")
          let csr = try CertificateRequest(verifying: SigningKey.generate().certificateRequest())
          let identity = GatewayIdentity(try SPIFFEID(parsing: response.spiffeID))
          let issued = try ca.issue(for: csr, identity: #require(identity))
          response.certificateChainDer = issued.chain.map { Data($0) }
          response.gatewayCaDer = [Data(ca.certificate)]
        }
      ),
      (
        "another CA",
        { $0.gatewayCaDer = [Data(try GatewayCA.create(trustDomain: "gw.test").certificate)] }
      ),
      ("another SPIFFE ID", { $0.spiffeID += "0" }),
      ("no SPIFFE ID", { $0.spiffeID = "" }),
      ("no external ID", { $0.externalID = "" }),
      ("external ID of people", { $0.externalID = "acme" }),
    ]

  @Test(arguments: bends.indices) func refusesAWrongAnswerAndStaysUnenrolled(index: Int)
    async throws
  {
    try await withStatePath { path in
      let (name, bend) = Self.bends[index]
      let service = FakeEnrollService(ca: ca, token: token, bend: bend)
      let error = await #expect(throws: SessionError.self, "\(name)") {
        try await enroll(service, path: path)
      }
      #expect(error?.code == .badResponse, "\(name)")
      let state = try StateDirectory.open(path)
      let missing = #expect(throws: SessionError.self) { try state.enrollment() }
      #expect(missing?.code == .notEnrolled)
    }
  }

  @Test func aWorkerThatIsMadeAnAgentRefuses() async throws {
    try await withStatePath { path in
      let ca = ca
      let service = FakeEnrollService(ca: ca, token: token) { response in
        let key = SigningKey.generate()
        let csr = try CertificateRequest(verifying: key.certificateRequest())
        let agent = GatewayIdentity.agent(
          tenant: try TenantName("acme"), pool: try PoolName("p"), id: .random())
        let issued = try ca.issue(for: csr, identity: agent)
        response.certificateChainDer = issued.chain.map { Data($0) }
        response.spiffeID = issued.spiffeID.uri
      }
      let error = await #expect(throws: SessionError.self) {
        try await enroll(service, path: path)
      }
      #expect(error?.code == .badResponse)
    }
  }
}
