import GRPCCore
import SallyportCore
import SallyportProtos
import SallyportStore
import SwiftProtobuf

/// Stores the chunks of one `WriteLog` call.
struct LogWriter: Sendable {
  private let caller: WorkerCaller
  private let services: GatewayServices
  private var call: (key: LogStreams.Key, number: UInt64)?

  init(caller: WorkerCaller, services: GatewayServices) {
    self.caller = caller
    self.services = services
  }

  /// - Returns: The acknowledgement, once everything in it is durable.
  mutating func write(
    _ chunk: Sallyport_Worker_V1_LogChunk
  ) async throws -> Sallyport_Worker_V1_LogAck {
    let attempt = try AttemptID(chunk.attempt)
    let bytes = try checkedBytes(of: chunk)
    try claimCall(for: attempt)
    let arrival = LogArrival(bytes.count, services.metrics)
    defer { arrival.end() }
    let result: LogAppendResult
    do {
      result = try await services.store.appendLog(
        LogAppend(
          attempt: attempt, offset: chunk.offset, bytes: bytes,
          maximumLength: services.limits.maximumLogLength),
        by: caller.worker)
    } catch let error as StoreError where error.code == .overloaded {
      throw RPCError(code: .unavailable, message: error.message)
    }
    switch result {
    case .stored(let previous, let durable):
      if durable > previous {
        let new = bytes.suffix(Int(durable - previous))
        arrival.stored(Int(clamping: durable - previous))
        services.digests.update(attempt, at: previous, new)
        services.hub.publishLog(of: attempt.job, of: caller.worker.tenant)
      }
      return .with {
        $0.attempt = chunk.attempt
        $0.durableOffset = durable
      }
    case .gap(let durable):
      return .with {
        $0.attempt = chunk.attempt
        $0.durableOffset = durable
      }
    case .mismatch:
      try await services.audit.deny(
        caller.caller, action: "log.write", object: "\(attempt)",
        detail: "bytes at \(chunk.offset) differ from what was acknowledged")
      throw RPCError(
        code: .failedPrecondition, message: "the log differs from what was acknowledged before")
    case .full(let durable):
      throw RPCError(
        code: .outOfRange,
        message: "the log is full at \(durable) of \(services.limits.maximumLogLength) bytes")
    case .notHeld:
      try await services.audit.deny(
        caller.caller, action: "log.write", object: "\(attempt)", detail: "not held")
      throw RPCError(code: .failedPrecondition, message: "this worker does not run this attempt")
    }
  }

  func end() {
    if let call { services.logStreams.end(call.number, of: call.key) }
  }

  /// One call writes one attempt's log, and the newest call of an attempt is the one.
  private mutating func claimCall(for attempt: AttemptID) throws {
    let key = LogStreams.Key(worker: caller.worker.id, attempt: attempt)
    guard let call else {
      self.call = (key, services.logStreams.begin(key))
      return
    }
    guard call.key == key else { throw RequestError("one WriteLog is of one attempt") }
    guard services.logStreams.isNewest(call.number, of: key) else {
      throw RPCError(code: .aborted, message: "a newer WriteLog of the attempt has begun")
    }
  }

  private func checkedBytes(of chunk: Sallyport_Worker_V1_LogChunk) throws -> [UInt8] {
    guard chunk.data.count <= services.limits.maximumLogChunk else {
      throw RequestError("a log chunk has at most \(services.limits.maximumLogChunk) bytes")
    }
    let bytes = Array(chunk.data)
    guard CRC32C.checksum(bytes) == chunk.crc32C else {
      throw RPCError(code: .dataLoss, message: "the log chunk is damaged; send it again")
    }
    guard LogChunkFormat.isWhole(bytes) else {
      throw RequestError("a log chunk is a whole number of encoded entries")
    }
    return bytes
  }
}
