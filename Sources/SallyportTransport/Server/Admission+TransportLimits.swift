import NIOCore
import SallyportCore

extension Admission.Limits {
  init(_ limits: TransportLimits) {
    self.init(
      handshakes: limits.maximumPendingHandshakes,
      handshakesPerAddress: limits.maximumPendingHandshakesPerAddress,
      rate: limits.handshakesPerSecond, waiting: limits.maximumWaitingConnections,
      patience: TimeAmount(limits.handshakeTimeout), progress: .seconds(3))
  }
}
