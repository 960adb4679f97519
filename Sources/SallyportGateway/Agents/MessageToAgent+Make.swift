import SallyportCore
import SallyportProtos
import SwiftProtobuf

/// The messages that a gateway sends to a VCS agent, each in one expression.
extension MessageToAgent {
  static func welcome(
    _ session: SessionID, externalID: String, limits: GatewayLimits
  ) -> Self {
    .with {
      $0.welcome = .with {
        $0.sessionID = session.rawValue
        $0.externalID = externalID
        $0.pingInterval = .init(limits.pingInterval)
        if limits.retryWindow > .zero { $0.retryWindow = .init(limits.retryWindow) }
      }
    }
  }

  static func ping(_ nonce: UInt64) -> Self { .with { $0.ping = .with { $0.nonce = nonce } } }

  static func pong(_ nonce: UInt64) -> Self { .with { $0.pong = .with { $0.nonce = nonce } } }

  static func openRelay(_ id: RelayID, deadline: Duration) -> Self {
    .with {
      $0.openRelay = .with {
        $0.relayID = id.rawValue
        $0.deadline = .init(deadline)
      }
    }
  }

  static func drain(_ reason: String, grace: Duration) -> Self {
    .with {
      $0.drain = .with {
        $0.reason = reason
        $0.grace = .init(grace)
      }
    }
  }
}
