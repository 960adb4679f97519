/// What became of a ``LogAppend``. Offsets are durable offsets.
package enum LogAppendResult: Hashable, Sendable {
  /// From `previous` on to `durable` is new. Equal where everything was stored before.
  case stored(previous: UInt64, durable: UInt64)
  /// The bytes begin above the durable offset; nothing was stored.
  case gap(durable: UInt64)
  /// The bytes differ from those stored below the durable offset.
  case mismatch
  /// The log would exceed its maximum length; nothing was stored.
  case full(durable: UInt64)
  /// The worker does not run this attempt.
  case notHeld
}
