import Glibc
import NIOCore

/// Has the VCS agent die in the middle of what it sends.
final class AgentKill: RelayAttack {
  private let agent: Int32
  private let position: Int
  private var seen = 0

  /// - Parameter position: In bytes from the beginning of what the agent sends.
  init(_ agent: Int32, at position: Int) {
    self.agent = agent
    self.position = position
  }

  func received(_ data: ByteBuffer, from side: RelaySide, _ relay: TappedRelay) {
    if side == .agent {
      if seen < position, seen + data.readableBytes >= position {
        kill(agent, SIGKILL)
        relay.evidence.acted()
      }
      seen += data.readableBytes
    }
    relay.send(data, to: side.opposite)
  }
}
