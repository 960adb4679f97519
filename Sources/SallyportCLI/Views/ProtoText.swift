import SallyportConfig
import SallyportProtos
import SwiftProtobuf

extension Google_Protobuf_Timestamp {
  /// RFC 3339 with milliseconds.
  var text: String { UTCTime.format(seconds: seconds, nanoseconds: nanos) }
  /// RFC 3339 to the second, for tables.
  var shortText: String { UTCTime.format(seconds: seconds, fractionDigits: 0) }
}

extension Sallyport_Operator_V1_PoolKind {
  var text: String {
    switch self {
    case .worker: "worker"
    case .vcs: "vcs"
    case .unspecified, .UNRECOGNIZED: "unknown"
    }
  }
}

extension Sallyport_Operator_V1_JobState {
  var text: String {
    switch self {
    case .queued: "queued"
    case .offered: "offered"
    case .running: "running"
    case .succeeded: "succeeded"
    case .failed: "failed"
    case .cancelled: "cancelled"
    case .timedOut: "timed_out"
    case .lost: "lost"
    case .unspecified, .UNRECOGNIZED: "unknown"
    }
  }

  /// Whether the job can change no more.
  var isFinal: Bool {
    switch self {
    case .succeeded, .failed, .cancelled, .timedOut, .lost: true
    case .queued, .offered, .running, .unspecified, .UNRECOGNIZED: false
    }
  }
}

extension Sallyport_Operator_V1_LogState {
  var text: String {
    switch self {
    case .open: "open"
    case .complete: "complete"
    case .incomplete: "incomplete"
    case .unspecified, .UNRECOGNIZED: "unknown"
    }
  }
}

/// The states that `--state` takes.
let jobStatesByName: [String: Sallyport_Operator_V1_JobState] = {
  let states: [Sallyport_Operator_V1_JobState] = [
    .queued, .offered, .running, .succeeded, .failed, .cancelled, .timedOut, .lost,
  ]
  return Dictionary(uniqueKeysWithValues: states.map { ($0.text, $0) })
}()
