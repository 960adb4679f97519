/// The `grpc-timeout` header field (gRPC over HTTP/2, "Timeout"): up to eight digits and a unit.
enum GRPCTimeout {
  /// No call is given longer than this, whatever it asks for.
  static let maximum: Duration = .seconds(86_400)

  /// - Returns: The time asked for, at most ``maximum``. Also ``maximum`` where the text is not a
  ///   timeout: a caller that asks for a deadline gets one.
  static func parse(_ text: String) -> Duration {
    let bytes = text.utf8
    guard let unit = bytes.last, (2...9).contains(bytes.count),
      bytes.dropLast().allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let amount = Int64(text.dropLast())
    else { return maximum }
    let timeout: Duration
    switch unit {
    case UInt8(ascii: "H"): timeout = .seconds(amount * 3_600)
    case UInt8(ascii: "M"): timeout = .seconds(amount * 60)
    case UInt8(ascii: "S"): timeout = .seconds(amount)
    case UInt8(ascii: "m"): timeout = .milliseconds(amount)
    case UInt8(ascii: "u"): timeout = .microseconds(amount)
    case UInt8(ascii: "n"): timeout = .nanoseconds(amount)
    default: return maximum
    }
    return min(timeout, maximum)
  }
}
