import SallyportCore
import SallyportProtos
import SallyportStore
import SwiftProtobuf

/// What a job's scheduling must look like.
enum SchedulingRules {
  /// Checks what a client asks for and fills in what it left out.
  ///
  /// - Throws: ``RequestError``.
  static func checked(
    _ request: Sallyport_Operator_V1_Scheduling, limits: GatewayLimits
  ) throws -> Scheduling {
    let bound = limits.maximumPriority
    guard (-bound...bound).contains(request.priority) else {
      throw RequestError("a priority is from -\(bound) to \(bound)")
    }
    try check(request.selector, limits: limits)
    return Scheduling(
      priority: request.priority, selector: request.selector,
      queueTimeout: try duration(
        request.hasQueueTimeout, request.queueTimeout, called: "queue timeout",
        in: limits.minimumQueueTimeout...limits.maximumQueueTimeout),
      retry: try retry(request.retry, limits: limits))
  }

  private static func check(_ selector: [String: String], limits: GatewayLimits) throws {
    guard selector.count <= limits.maximumSelectorLabels else {
      throw RequestError("a selector has at most \(limits.maximumSelectorLabels) labels")
    }
    for (key, value) in selector {
      guard !key.isEmpty, key.utf8.count <= limits.maximumLabelSize,
        value.utf8.count <= limits.maximumLabelSize
      else {
        throw RequestError(
          "a label's name has 1 to \(limits.maximumLabelSize) bytes, its value at most as many")
      }
      guard !key.utf8.contains(0), !value.utf8.contains(0) else {
        throw RequestError("a label: NUL is not allowed")
      }
    }
  }

  private static func retry(
    _ request: Sallyport_Operator_V1_RetryPolicy, limits: GatewayLimits
  ) throws -> RetryPolicy {
    let on: RetryOn
    switch request.on {
    case .unspecified, .never:
      guard request.maximumAttempts <= 1, !request.hasBackoff, !request.hasMaximumBackoff else {
        throw RequestError("a retry policy says what it retries: on-lost or always")
      }
      return .never
    case .lost: on = .lost
    case .always: on = .always
    case .UNRECOGNIZED: throw RequestError("unknown kind of retry")
    }
    guard request.maximumAttempts <= limits.maximumRetryAttempts else {
      throw RequestError("a job has at most \(limits.maximumRetryAttempts) attempts")
    }
    let range = limits.minimumRetryBackoff...limits.maximumRetryBackoff
    let backoff = try duration(
      request.hasBackoff, request.backoff, called: "retry backoff", in: range)
    let maximum = try duration(
      request.hasMaximumBackoff, request.maximumBackoff, called: "maximum retry backoff", in: range)
    let first = backoff ?? min(limits.defaultRetryBackoff, maximum ?? limits.defaultRetryBackoff)
    guard maximum.map({ first <= $0 }) ?? true else {
      throw RequestError("the retry backoff exceeds its maximum")
    }
    return RetryPolicy(
      on: on,
      maximumAttempts: request.maximumAttempts == 0
        ? limits.defaultRetryAttempts : request.maximumAttempts,
      backoff: first, maximumBackoff: maximum ?? max(limits.defaultMaximumRetryBackoff, first))
  }

  /// - Returns: Nil where it is not given.
  private static func duration(
    _ isGiven: Bool, _ value: Google_Protobuf_Duration, called name: String,
    in range: ClosedRange<Duration>
  ) throws -> Duration? {
    guard isGiven, value != .init() else { return nil }
    guard let duration = Duration(value), range.contains(duration) else {
      throw RequestError(
        "a \(name) is from \(range.lowerBound.wholeMilliseconds) ms "
          + "to \(range.upperBound.components.seconds) s")
    }
    return duration
  }
}
