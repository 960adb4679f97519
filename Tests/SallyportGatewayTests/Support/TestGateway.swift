import FoundationEssentials
import GRPCCore
import GRPCInProcessTransport
import Logging
import SallyportCore
import SallyportIdentity
import SallyportProtos
import SallyportRelay
import SallyportStore
import SallyportStoreEncryption
import SallyportStoreSQLite
import SwiftProtobuf

@testable import SallyportGateway

typealias Client = GRPCClient<InProcessTransport.Client>
typealias OperatorClient = Sallyport_Operator_V1_OperatorService.Client<InProcessTransport.Client>
typealias WorkerClient = Sallyport_Worker_V1_WorkerService.Client<InProcessTransport.Client>
typealias VCSClient = Sallyport_Vcs_V1_VCSService.Client<InProcessTransport.Client>
typealias EnrollClient = Sallyport_Enroll_V1_EnrollService.Client<InProcessTransport.Client>

/// A gateway without sockets, with two tenants that have the same names for everything.
struct TestGateway {
  let gateway: Gateway
  let services: GatewayServices
  let store: SQLiteStore
  /// Of the database.
  let path: String
  let ca: GatewayCA
  let clock: TestClock
  let acme = TenantName(unchecked: "acme")
  let globex = TenantName(unchecked: "globex")

  static let pool = "linux"
  static let vcsPool = "git"

  static func with<Result>(
    limits: GatewayLimits = GatewayLimits(), storeLimits: SQLiteStoreLimits = .init(),
    _ body: (TestGateway) async throws -> Result
  ) async throws -> Result {
    let directory = FileManager.default.temporaryDirectory
      .appendingPathComponent("sallyport-gateway-\(JobID.random())")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let path = directory.appendingPathComponent("gateway.db").path
    let master = try LocalMasterKey.create(
      file: directory.appendingPathComponent("master.key").path)
    let store = try SQLiteStore(
      path: path, creating: true,
      keyring: TenantKeyring(folder: path + ".keys", master: master), limits: storeLimits)
    let gateway = try await TestGateway(store: store, path: path, limits: limits)
    let result = try await body(gateway)
    try await store.close()
    return result
  }

  /// Another process on the same store.
  func restarted(limits: GatewayLimits? = nil) -> TestGateway {
    TestGateway(store, path, ca, clock, limits ?? services.limits)
  }

  private init(
    _ store: SQLiteStore, _ path: String, _ ca: GatewayCA, _ clock: TestClock,
    _ limits: GatewayLimits
  ) {
    self.store = store
    self.path = path
    self.ca = ca
    self.clock = clock
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    gateway = Gateway(
      store: store, ca: ca, limits: limits, clock: clock.gatewayClock, logger: logger)
    services = gateway.services
  }

  private init(store: SQLiteStore, path: String, limits: GatewayLimits) async throws {
    self.init(
      store, path, try GatewayCA.create(trustDomain: "gateway.example"), TestClock(), limits)
    for tenant in [acme, globex] {
      let audit = AuditEntry(tenant: tenant, time: clock.now, actor: "", action: "init")
      try await store.createTenant(
        Tenant(name: tenant, externalID: "external-\(tenant)", createdAt: clock.now), audit: audit)
      try await store.recordOperator(
        OperatorName(unchecked: "alice"), of: tenant, certificate: try operatorCertificate(tenant),
        audit: audit)
      for (name, kind) in [(Self.pool, PoolKind.worker), (Self.vcsPool, .vcs)] {
        try await store.createPool(
          Pool(
            tenant: tenant, name: PoolName(unchecked: name), kind: kind, sealed: false,
            createdAt: clock.now), audit: audit)
      }
    }
  }

  private func operatorCertificate(_ tenant: TenantName) throws -> CertificateRecord {
    let csr = try CertificateRequest(verifying: try SigningKey.generate().certificateRequest())
    return CertificateRecord(
      try ca.issue(
        for: csr, identity: .operatorNamed(tenant: tenant, name: OperatorName(unchecked: "alice"))))
  }

  // MARK: Peers

  /// A connection of its own.
  func peer(_ identity: GatewayIdentity, trustDomain: String = "gateway.example") -> PeerContext {
    let spiffeID = try? identity.spiffeID(trustDomain: trustDomain)
    return PeerContext(
      peer: spiffeID.map {
        PeerIdentity(
          spiffeID: $0, certificateFingerprint: "00", serialNumber: "01",
          notAfter: clock.now.seconds + 86_400)
      }, connection: .random(), remoteAddress: "192.0.2.1:50000")
  }

  func operatorPeer(_ tenant: TenantName? = nil) -> PeerContext {
    peer(.operatorNamed(tenant: tenant ?? acme, name: OperatorName(unchecked: "alice")))
  }

  func enrolledWorker(
    _ tenant: TenantName? = nil, pool: String = Self.pool
  ) async throws -> PeerContext {
    try await enrolled(in: pool, .worker, tenant ?? acme)
  }

  func enrolledAgent(_ tenant: TenantName? = nil) async throws -> PeerContext {
    try await enrolled(in: Self.vcsPool, .vcsAgent, tenant ?? acme)
  }

  /// The whole way: a token from the operator, a CSR, a certificate.
  private func enrolled(
    in pool: String, _ role: Sallyport_Enroll_V1_Role, _ tenant: TenantName
  ) async throws -> PeerContext {
    let token = try await asOperator(of: tenant) { client in
      try await client.createToken(.with { $0.pool = pool }).token
    }
    let csr = try SigningKey.generate().certificateRequest()
    let response = try await enroll(token: token, csr: csr, role: role)
    let summary = try CertificateSummary(der: Array(response.certificateChainDer[0]))
    return PeerContext(
      peer: PeerIdentity(
        spiffeID: try SPIFFEID(parsing: response.spiffeID),
        certificateFingerprint: summary.fingerprint, serialNumber: summary.serialNumber,
        notAfter: Int64(summary.notAfter.timeIntervalSince1970)),
      connection: .random(), remoteAddress: "192.0.2.2:50000")
  }

  func enroll(
    token: String, csr: [UInt8], role: Sallyport_Enroll_V1_Role
  ) async throws -> Sallyport_Enroll_V1_EnrollResponse {
    let anonymous = PeerContext(peer: nil, connection: .random(), remoteAddress: "192.0.2.3:1")
    return try await connect(anonymous, gateway.enrollServices) { client in
      try await EnrollClient(wrapping: client).enroll(
        .with {
          $0.token = token
          $0.csrDer = Data(csr)
          $0.role = role
          $0.displayName = "host"
        })
    }
  }

  // MARK: Connections

  func connect<Result: Sendable>(
    _ peer: PeerContext?, _ services: [any RegistrableRPCService],
    _ body: (Client) async throws -> Result
  ) async throws -> Result {
    let transport = InProcessTransport()
    return try await withGRPCServer(
      transport: transport.server, services: services, interceptors: [PeerInjector(peer: peer)]
    ) { _ in
      try await withGRPCClient(transport: transport.client, handleClient: body)
    }
  }

  func asOperator<Result: Sendable>(
    of tenant: TenantName? = nil, _ body: (OperatorClient) async throws -> Result
  ) async throws -> Result {
    try await connect(operatorPeer(tenant), gateway.operatorServices) { client in
      try await body(OperatorClient(wrapping: client))
    }
  }

  func asPeer<Result: Sendable>(
    _ peer: PeerContext?, _ body: (Client) async throws -> Result
  ) async throws -> Result {
    try await connect(peer, gateway.agentsServices, body)
  }

  // MARK: Jobs

  @discardableResult
  func submit(_ tenant: TenantName? = nil, pool: String = Self.pool) async throws -> JobID {
    let job = try await asOperator(of: tenant) { client in
      try await client.submitJob(
        .with {
          $0.pool = pool
          $0.spec.command = ["true"]
          $0.spec.checkout = .with {
            $0.vcsPool = Self.vcsPool
            $0.repository = "team/app.git"
            $0.ref = "main"
          }
        })
    }
    return JobID(unchecked: job.id)
  }

  func job(_ id: JobID, _ tenant: TenantName? = nil) async throws -> Sallyport_Operator_V1_Job {
    try await asOperator(of: tenant) { client in
      try await client.getJob(.with { $0.jobID = id.rawValue })
    }
  }

  func audit(
    _ action: String, _ tenant: TenantName? = nil
  ) async throws -> [Sallyport_Operator_V1_AuditRecord] {
    try await asOperator(of: tenant) { client in
      try await client.listAuditRecords(.with { $0.pageSize = 1_000 }).records
        .filter { $0.action == action }
    }
  }
}

extension PeerContext {
  var identity: GatewayIdentity? { peer.flatMap { GatewayIdentity($0.spiffeID) } }

  var workerID: WorkerID {
    if case .worker(_, _, let id)? = identity { id } else { WorkerID(unchecked: "") }
  }

  var agentID: AgentID {
    if case .agent(_, _, let id)? = identity { id } else { AgentID(unchecked: "") }
  }
}
