import SallyportConfig
import SallyportProtos
import SwiftProtobuf

/// When and where a job runs, as part of it.
struct SchedulingView: Encodable, Sendable {
  struct Retry: Encodable, Sendable {
    let on: String
    let maximumAttempts: UInt32
    let backoffSeconds: Double
    let maximumBackoffSeconds: Double

    enum CodingKeys: String, CodingKey {
      case on
      case maximumAttempts = "maximum_attempts"
      case backoffSeconds = "backoff_seconds"
      case maximumBackoffSeconds = "maximum_backoff_seconds"
    }
  }

  let priority: Int32
  let selector: [String: String]
  let queueTimeoutSeconds: Int64?
  /// Nil where no attempt is followed by another.
  let retry: Retry?

  enum CodingKeys: String, CodingKey {
    case priority, selector, retry
    case queueTimeoutSeconds = "queue_timeout_seconds"
  }

  init(_ scheduling: Sallyport_Operator_V1_Scheduling) {
    priority = scheduling.priority
    selector = scheduling.selector
    queueTimeoutSeconds = scheduling.hasQueueTimeout ? scheduling.queueTimeout.seconds : nil
    let policy = scheduling.retry
    let on: String? =
      switch policy.on {
      case .lost: "on-lost"
      case .always: "always"
      case .never, .unspecified: nil
      case .UNRECOGNIZED: "unknown"
      }
    retry = on.map {
      Retry(
        on: $0, maximumAttempts: policy.maximumAttempts, backoffSeconds: policy.backoff.inSeconds,
        maximumBackoffSeconds: policy.maximumBackoff.inSeconds)
    }
  }

  /// What is not as it is by default.
  var details: [(name: String, value: String)] {
    var details: [(String, String)] = []
    if priority != 0 { details.append(("priority", "\(priority)")) }
    if !selector.isEmpty {
      let labels = selector.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      details.append(("selector", labels.joined(separator: ", ")))
    }
    if let queueTimeoutSeconds {
      details.append(("queue timeout", DurationText.format(.seconds(queueTimeoutSeconds))))
    }
    if let retry {
      let backoff = Self.text(retry.backoffSeconds)
      let maximum = Self.text(retry.maximumBackoffSeconds)
      details.append(
        (
          "retry",
          "\(retry.on), at most \(retry.maximumAttempts) attempts, backoff \(backoff) to \(maximum)"
        ))
    }
    return details
  }

  /// Whatever a gateway says.
  private static func text(_ seconds: Double) -> String {
    DurationText.format(.milliseconds(Int64(min(max(seconds, 0), 1e9) * 1_000)))
  }
}

extension Google_Protobuf_Duration {
  fileprivate var inSeconds: Double { Double(seconds) + Double(nanos) / 1e9 }
}
