import FoundationEssentials
import GRPCCore
import SallyportCore
import SallyportProtos
import SallyportStore
import SwiftProtobuf

/// Sends one reader what is stored of a log, as often as there is more.
struct LogReader {
  private let request: Sallyport_Operator_V1_ReadLogRequest
  private let tenant: TenantName
  private let services: GatewayServices
  private var epoch: UInt64
  private var offset: UInt64

  init(
    request: Sallyport_Operator_V1_ReadLogRequest, tenant: TenantName, services: GatewayServices
  ) {
    self.request = request
    self.tenant = tenant
    self.services = services
    epoch = request.epoch
    offset = request.offset
  }

  /// - Parameter job: As read before this call, so that a final state means that the log is final.
  /// - Returns: Whether all is sent and no more will come.
  mutating func send(
    _ job: JobRecord, to response: RPCWriter<Sallyport_Operator_V1_LogPart>
  ) async throws -> Bool {
    // An offer that nobody accepted leaves an empty log behind; the reader moves on.
    if request.epoch == 0, offset == request.offset { epoch = job.epoch }
    let attempt = AttemptID(job: job.id, epoch: epoch)
    let extent =
      try await services.store.logExtent(of: attempt, of: tenant)
      ?? LogExtent(length: 0, state: .open)
    while offset < extent.length {
      let limit = Int(min(extent.length - offset, UInt64(services.limits.logReadSize)))
      let bytes = try await services.store.readLog(
        of: attempt, of: tenant, from: offset, limit: limit)
      guard !bytes.isEmpty else {
        throw StoreError(code: .corrupted, message: "the log of \(attempt) has a hole")
      }
      try await response.write(part(Data(bytes), .open))
      offset += UInt64(bytes.count)
    }
    guard isOver(job, extent) || !request.follow else { return false }
    try await response.write(part(Data(), shownState(job, extent)))
    return true
  }

  /// Who follows the latest attempt waits through offers that are returned.
  private func isOver(_ job: JobRecord, _ extent: LogExtent) -> Bool {
    if job.state.isFinal { return true }
    if request.epoch == 0 { return epoch < job.epoch }
    return epoch < job.epoch || extent.state != .open
  }

  /// The extent was read after the job: it knows of an end that the job does not show yet.
  private func shownState(_ job: JobRecord, _ extent: LogExtent) -> LogState {
    guard epoch == job.epoch else { return extent.state }
    switch job.state {
    case .queued, .offered: return request.epoch == 0 ? .open : extent.state
    case .running: return extent.state
    case .succeeded, .failed, .cancelled, .timedOut, .lost: return job.shownLogState
    }
  }

  private func part(_ data: Data, _ state: LogState) -> Sallyport_Operator_V1_LogPart {
    .with {
      $0.epoch = epoch
      $0.offset = offset
      $0.data = data
      $0.logState = .init(state)
    }
  }
}
