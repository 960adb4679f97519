import GRPCCore
import GRPCInProcessTransport
import SallyportCLI
import SallyportCore
import SallyportProtos
import Synchronization

/// A gateway's operator service in this process. Each connection has its own server, so that tests
/// can lose connections.
final class FakeGateway: OperatorConnecting {
  /// What one ReadLog call does after what it sends.
  enum ReadEnd: Sendable {
    case finished
    case fails(RPCError.Code, String)
    /// Stays open until the client goes away.
    case hangs
  }

  struct Read: Sendable {
    var parts: [Sallyport_Operator_V1_LogPart] = []
    var end = ReadEnd.finished
    /// Connections that fail after this read.
    var refusals = 0
  }

  struct State {
    /// Connections that fail, counted down.
    var refusedConnections = 0
    /// Connections that end before they take a call, counted down.
    var closingConnections = 0
    var job = Sallyport_Operator_V1_Job()
    /// One for each ReadLog call; the last one repeats.
    var reads: [Read] = []
    /// Instead of ``reads``: a log that is sent from wherever a read asks for it.
    var wholeLog: [UInt8] = []
    /// The first read of ``wholeLog`` stops here and hangs.
    var firstReadEnds = 0
    var readRequests: [Sallyport_Operator_V1_ReadLogRequest] = []
    var submitted: [Sallyport_Operator_V1_SubmitJobRequest] = []
    var listRequests: [Sallyport_Operator_V1_ListJobsRequest] = []
    var pools: [Sallyport_Operator_V1_Pool] = []
    /// What a pool's revocation answers, and what was asked for.
    var revocations: [Sallyport_Operator_V1_PoolRevocation] = []
    var revoked: [Sallyport_Operator_V1_RevokePoolRequest] = []
    var jobs: [Sallyport_Operator_V1_Job] = []
    var auditRequests: [Sallyport_Operator_V1_ListAuditRecordsRequest] = []
    var auditLength = 0
    var acknowledged: [String] = []
    /// Newest first, as a gateway lists them.
    var poolKeys: [Sallyport_Operator_V1_PoolKey] = []
    var secrets: [Sallyport_Operator_V1_SetSecretRequest] = []
    /// SetSecret calls that somebody else was faster than, counted down.
    var lostRaces = 0
    var variables: [Sallyport_Operator_V1_Variable] = []
    var contexts: [Sallyport_Operator_V1_Context] = []
    var failure: RPCError?
  }

  private let state = Mutex(State())

  func update<Result>(_ body: (inout State) -> sending Result) -> Result {
    state.withLock { body(&$0) }
  }

  func withClient<Result: Sendable>(
    _ profile: OperatorProfile,
    _ body: @Sendable (any OperatorClient) async throws -> Result
  ) async throws -> Result {
    let refused = update { state in
      defer { state.refusedConnections = max(0, state.refusedConnections - 1) }
      return state.refusedConnections > 0
    }
    let isClosing = update { state in
      defer { state.closingConnections = max(0, state.closingConnections - 1) }
      return state.closingConnections > 0
    }
    if isClosing {
      let message = "the connection takes no new streams"
      throw RPCError(code: .unavailable, message: message, cause: CallNotSent(message))
    }
    if refused { throw RPCError(code: .unavailable, message: "connection refused") }
    let transport = InProcessTransport()
    let server = GRPCServer(transport: transport.server, services: [FakeOperatorService(self)])
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.serve() }
      defer { group.cancelAll() }
      return try await withGRPCClient(transport: transport.client) { client in
        try await body(Sallyport_Operator_V1_OperatorService.Client(wrapping: client))
      }
    }
  }
}
