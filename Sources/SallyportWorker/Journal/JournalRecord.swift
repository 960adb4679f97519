package import SallyportCore
import SallyportProtos
import SwiftProtobuf

/// One step of an attempt's life that must outlive the worker process.
package enum JournalRecord: Hashable, Sendable {
  /// The attempt was taken on; written before the offer is accepted.
  case started(AttemptID, at: UInt64)
  /// Its supervisor runs; written before the command does.
  case supervised(AttemptID, ProcessIdentity, boot: String)
  /// It has ended: exactly the report that is repeated until the gateway acknowledges it.
  case finished(AttemptID, FinishReport)
  /// The gateway has the report, or refused it for good. Kept so that the same attempt is never
  /// run twice.
  case settled(AttemptID)
}

extension JournalRecord {
  package var attempt: AttemptID {
    switch self {
    case .started(let attempt, _), .supervised(let attempt, _, _), .finished(let attempt, _),
      .settled(let attempt):
      attempt
    }
  }

  func encode() throws -> [UInt8] {
    var writer = ByteWriter()
    let kind: UInt8 =
      switch self {
      case .started: 1
      case .supervised: 2
      case .finished: 3
      case .settled: 4
      }
    writer.write(kind)
    writer.write(attempt.job.rawValue)
    writer.write(attempt.epoch)
    switch self {
    case .started(_, let time): writer.write(time)
    case .supervised(_, let process, let boot):
      writer.write(process.pid)
      writer.write(process.startTime)
      writer.write(boot)
    case .finished(_, let report):
      let bytes: [UInt8] = try report.request.serializedBytes()
      writer.write(bytes)
    case .settled: break
    }
    return writer.bytes
  }

  init?(decoding bytes: [UInt8]) {
    var reader = ByteReader(bytes)
    guard let kind = reader.integer(UInt8.self), let job = reader.string().flatMap({ JobID($0) }),
      let epoch = reader.integer(UInt64.self)
    else { return nil }
    let attempt = AttemptID(job: job, epoch: epoch)
    switch kind {
    case 1:
      guard let time = reader.integer(UInt64.self) else { return nil }
      self = .started(attempt, at: time)
    case 2:
      guard let pid = reader.integer(Int32.self), let startTime = reader.integer(UInt64.self),
        let boot = reader.string()
      else { return nil }
      self = .supervised(attempt, ProcessIdentity(pid: pid, startTime: startTime), boot: boot)
    case 3:
      guard let bytes = reader.data(),
        let request = try? Sallyport_Worker_V1_FinishAttemptRequest(serializedBytes: bytes)
      else { return nil }
      self = .finished(attempt, FinishReport(request))
    case 4: self = .settled(attempt)
    default: return nil
    }
    guard reader.isAtEnd else { return nil }
  }
}
