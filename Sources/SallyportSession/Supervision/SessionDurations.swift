package import SallyportProtos
internal import SwiftProtobuf

extension Sallyport_Session_V1_Welcome {
  /// How those who were connected here spread their return; nil where the gateway leaves it to
  /// them. From zero to ``RetryHint/maximum``, whatever the message says.
  package var returnWindow: Duration? {
    hasRetryWindow ? min(retryWindow.bounded, RetryHint.maximum) : nil
  }
}

extension Sallyport_Session_V1_Drain {
  /// How long this connection stays; nil where it is not the connection that is drained.
  package var connectionGrace: Duration? { hasGrace ? grace.bounded : nil }
}

extension Google_Protobuf_Duration {
  /// From zero to a year: the fields may hold anything.
  fileprivate var bounded: Duration {
    .seconds(min(max(seconds, 0), 31_536_000)) + .nanoseconds(Int64(max(nanos, 0)))
  }
}
