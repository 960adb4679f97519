import GRPCCore
import SallyportProtos
import SallyportStore
import SwiftProtobuf

extension OperatorServiceHandler {
  func listRelays(
    request: Sallyport_Operator_V1_ListRelaysRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_ListRelaysResponse {
    try await asOperator(context) { caller in
      // Some 250 bytes each.
      .with { $0.relays = services.relays.live(of: caller.tenant).prefix(10_000).map { .init($0) } }
    }
  }

  func listAuditRecords(
    request: Sallyport_Operator_V1_ListAuditRecordsRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_ListAuditRecordsResponse {
    try await asOperator(context) { caller in
      let size = request.pageSize == 0 ? 100 : Int(min(request.pageSize, 1_000))
      let records = try await services.store.auditRecords(
        of: caller.tenant, after: request.afterSequence, limit: size)
      return .with { $0.records = records.map { .init($0) } }
    }
  }
}
