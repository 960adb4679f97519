/// What the worker tells a supervisor.
package enum SupervisorCommand: Hashable, Sendable {
  case launch(LaunchRequest)
  /// SIGTERM to the job's process group; SIGKILL to all that is left after `grace`.
  case stop(StopReason, grace: Duration)
  /// The lease has been renewed: the job may run until then.
  case fence(BootInstant)

  func encode() -> [UInt8] {
    var writer = ByteWriter()
    switch self {
    case .launch(let request):
      writer.write(UInt8(1))
      request.encode(into: &writer)
    case .stop(let reason, let grace):
      writer.write(UInt8(2))
      writer.write(reason.rawValue)
      writer.write(grace.nanosecondsClamped)
    case .fence(let instant):
      writer.write(UInt8(3))
      writer.write(instant.nanoseconds)
    }
    return writer.bytes
  }

  init?(decoding bytes: [UInt8]) {
    var reader = ByteReader(bytes)
    switch reader.integer(UInt8.self) {
    case 1:
      guard let request = LaunchRequest(reading: &reader) else { return nil }
      self = .launch(request)
    case 2:
      guard let reason = reader.integer(UInt8.self).flatMap(StopReason.init),
        let grace = reader.integer(Int64.self)
      else { return nil }
      self = .stop(reason, grace: .nanoseconds(grace))
    case 3:
      guard let instant = reader.integer(UInt64.self) else { return nil }
      self = .fence(BootInstant(nanoseconds: instant))
    default: return nil
    }
    guard reader.isAtEnd else { return nil }
  }
}
