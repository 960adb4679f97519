import FoundationEssentials
import GRPCCore
import SallyportCore
import SallyportProtos
import SallyportStore
import SwiftProtobuf

/// Sends one reader what is stored of a log, as often as there is more.
struct LogReader {
  /// A look at the store: `epoch` (nil: the latest), from `offset`, at most `limit` bytes.
  typealias Look = (
    _ epoch: UInt64?, _ offset: UInt64, _ limit: Int
  ) async throws -> (job: JobRecord, log: WatchedLog)

  private let request: Sallyport_Operator_V1_ReadLogRequest
  private let limit: Int
  private var epoch: UInt64
  private var offset: UInt64

  /// - Parameter limit: Bytes of one part.
  init(request: Sallyport_Operator_V1_ReadLogRequest, limit: Int) {
    self.request = request
    self.limit = limit
    epoch = request.epoch
    offset = request.offset
  }

  /// - Returns: Whether all is sent and no more will come.
  mutating func send(
    to response: RPCWriter<Sallyport_Operator_V1_LogPart>, _ look: Look
  ) async throws -> Bool {
    while true {
      // An offer that nobody accepted leaves an empty log behind; the reader moves on.
      let isAtLatest = request.epoch == 0 && offset == request.offset
      let (job, log) = try await look(isAtLatest ? nil : epoch, offset, limit)
      epoch = log.epoch
      let extent = log.extent ?? LogExtent(length: 0, state: .open)
      if offset < extent.length {
        guard !log.bytes.isEmpty else {
          throw StoreError(
            code: .corrupted,
            message: "the log of \(AttemptID(job: job.id, epoch: epoch)) has a hole")
        }
        try await response.write(part(Data(log.bytes), .open))
        offset += UInt64(log.bytes.count)
      }
      guard offset >= extent.length else { continue }
      guard isOver(job, extent) || !request.follow else { return false }
      try await response.write(part(Data(), shownState(job, extent)))
      return true
    }
  }

  /// Who follows the latest attempt waits through offers that are returned.
  private func isOver(_ job: JobRecord, _ extent: LogExtent) -> Bool {
    if job.state.isFinal { return true }
    if request.epoch == 0 { return epoch < job.epoch }
    return epoch < job.epoch || extent.state != .open
  }

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
