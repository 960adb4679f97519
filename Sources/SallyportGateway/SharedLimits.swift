/// The limits, once for all sessions: half a kilobyte that would be most of what an idle one keeps.
final class SharedLimits: Sendable {
  let value: GatewayLimits

  init(_ value: GatewayLimits) { self.value = value }
}
