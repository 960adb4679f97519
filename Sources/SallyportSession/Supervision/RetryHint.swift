import GRPCCore

/// How long a server asks to be left alone, read from an error.
enum RetryHint {
  /// No server may park a host for longer than this.
  static let maximum: Duration = .seconds(300)

  /// From `grpc-retry-pushback-ms` (gRFC A6): milliseconds. Nil where there is none or it is
  /// not a number; a negative one ("do not retry") counts as the maximum.
  static func of(_ error: any Error) -> Duration? {
    guard let error = error as? RPCError,
      let text = Array(error.metadata[stringValues: "grpc-retry-pushback-ms"]).first,
      let milliseconds = Int64(text)
    else { return nil }
    return milliseconds < 0 ? maximum : min(.milliseconds(milliseconds), maximum)
  }
}
