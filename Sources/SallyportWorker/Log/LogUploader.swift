import FoundationEssentials
import GRPCCore
package import SallyportCore
package import SallyportProtos
import Synchronization

/// Sends one attempt's log to the gateway over one `WriteLog` stream.
package struct LogUploader: Sendable {
  /// How a stream ended without an error.
  package enum Result: Hashable, Sendable {
    /// The gateway has all of the log.
    case complete
    /// The stream has to be opened again.
    case restart
    /// The gateway will never take all of this log.
    case diverged
  }

  /// No acknowledgement for this long: the stream is opened again.
  package static let answerTimeout = Duration.seconds(30)

  private let attempt: AttemptID
  private let spool: LogSpool
  private let disk: Disk
  private let clock: any Clock<Duration>
  private let answerTimeout: Duration

  package init(
    attempt: AttemptID, spool: LogSpool, disk: Disk, clock: any Clock<Duration> = ContinuousClock(),
    answerTimeout: Duration = LogUploader.answerTimeout
  ) {
    self.attempt = attempt
    self.spool = spool
    self.disk = disk
    self.clock = clock
    self.answerTimeout = answerTimeout
  }

  /// Runs one stream until the log is complete, or the stream has to be opened again.
  ///
  /// - Throws: `RPCError` as the gateway or the transport gives it.
  package func run(
    through service: any Sallyport_Worker_V1_WorkerService.ClientProtocol
  ) async throws -> Result {
    let progress = UploadProgress()
    return try await withThrowingTaskGroup(of: Result?.self) { group in
      group.addTask {
        try await service.writeLog(
          metadata: [:],
          requestProducer: { writer in try await send(to: writer, progress) },
          onResponse: { response in try await receive(response, progress) })
      }
      group.addTask {
        try await watch(progress)
        return .restart
      }
      defer { group.cancelAll() }
      guard let first = try await group.next(), let result = first else {
        return .restart
      }
      return result
    }
  }

  private func send(
    to writer: RPCWriter<Sallyport_Worker_V1_LogChunk>, _ progress: UploadProgress
  ) async throws {
    while true {
      let isSealed = spool.digest != nil
      let length = spool.length
      switch progress.state.withLock({ $0.step(length: length, isSealed: isSealed) }) {
      case .probe:
        progress.state.withLock { $0.sentProbe() }
        try await writer.write(chunk(at: 0, []))
      case .send(let offset, let maximum):
        let bytes = try await bytes(at: offset, upTo: maximum)
        progress.state.withLock { $0.sent(bytes.count) }
        try await writer.write(chunk(at: offset, bytes))
      case .wait: try await spool.growth.wait()
      case .complete: return
      }
    }
  }

  private func bytes(at offset: UInt64, upTo maximum: Int) async throws -> [UInt8] {
    if let recent = spool.recentChunk(at: offset), recent.count <= maximum { return recent }
    return try await disk.perform { try spool.chunk(at: offset, upTo: maximum) }
  }

  private func receive(
    _ response: StreamingClientResponse<Sallyport_Worker_V1_LogAck>,
    _ progress: UploadProgress
  ) async throws -> Result {
    for try await ack in response.messages {
      let length = spool.length
      let answer = progress.state.withLock { $0.acknowledged(ack.durableOffset, length: length) }
      switch answer {
      case .progress: break
      case .restart: return .restart
      case .diverged: return .diverged
      }
      spool.acknowledge(upTo: ack.durableOffset)
      if let digest = spool.digest, digest.length == ack.durableOffset { return .complete }
      spool.growth.ring()
    }
    let durable = progress.state.withLock { $0.durable }
    return spool.digest?.length == durable ? .complete : .restart
  }

  /// Returns when an answer has been due for too long.
  private func watch(_ progress: UploadProgress) async throws {
    var last: UInt64?
    while true {
      try await clock.sleep(for: answerTimeout)
      let (isAwaiting, durable) = progress.state.withLock { ($0.isAwaitingAnswer, $0.durable) }
      if isAwaiting && durable == last { return }
      last = isAwaiting ? durable : nil
    }
  }

  private func chunk(at offset: UInt64, _ bytes: [UInt8]) -> Sallyport_Worker_V1_LogChunk {
    var chunk = Sallyport_Worker_V1_LogChunk()
    chunk.attempt = attempt.message
    chunk.offset = offset
    chunk.crc32C = CRC32C.checksum(bytes)
    chunk.data = Data(bytes)
    return chunk
  }
}

/// The state that the two directions of one stream share.
private final class UploadProgress: Sendable {
  let state = Mutex(UploadState())
}
