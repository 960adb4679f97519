import ArgumentParser
import SallyportProtos
import SwiftProtobuf

/// When and where a job is to run: what is not given is left to the gateway.
package struct SchedulingRequest: Sendable, Hashable {
  /// Which ends of an attempt are followed by another one.
  package enum RetryOn: String, CaseIterable, ExpressibleByArgument, Sendable {
    case never
    case onLost = "on-lost"
    case always
  }

  package var priority: Int32?
  package var selector: [String: String] = [:]
  package var queueTimeout: Duration?
  package var retryOn: RetryOn?
  package var maximumAttempts: UInt32?
  package var retryBackoff: Duration?
  package var maximumRetryBackoff: Duration?

  package init() {}

  /// Puts the values of `flags` that are given in the place of this request's; selectors are merged.
  package mutating func override(with flags: SchedulingRequest) {
    priority = flags.priority ?? priority
    selector.merge(flags.selector) { _, new in new }
    queueTimeout = flags.queueTimeout ?? queueTimeout
    retryOn = flags.retryOn ?? retryOn
    maximumAttempts = flags.maximumAttempts ?? maximumAttempts
    retryBackoff = flags.retryBackoff ?? retryBackoff
    maximumRetryBackoff = flags.maximumRetryBackoff ?? maximumRetryBackoff
  }

  var message: Sallyport_Operator_V1_Scheduling {
    .with {
      $0.priority = priority ?? 0
      $0.selector = selector
      if let queueTimeout { $0.queueTimeout = queueTimeout.proto }
      switch retryOn {
      case .never: $0.retry.on = .never
      case .onLost: $0.retry.on = .lost
      case .always: $0.retry.on = .always
      case nil: break
      }
      if let maximumAttempts { $0.retry.maximumAttempts = maximumAttempts }
      if let retryBackoff { $0.retry.backoff = retryBackoff.proto }
      if let maximumRetryBackoff { $0.retry.maximumBackoff = maximumRetryBackoff.proto }
    }
  }
}
