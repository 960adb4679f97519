import NIOCore

/// The two ends of a relay, as whoever carries it sees them.
enum RelaySide: Hashable, Sendable {
  case worker, agent

  var opposite: RelaySide { self == .worker ? .agent : .worker }
}

/// What a hostile gateway does with one relay. Lives on the event loop of the relay.
protocol RelayAttack: AnyObject {
  /// True where neither side is to hear that the other has reset the relay.
  var hidesResets: Bool { get }
  /// Both sides believe that they are connected.
  func opened(_ relay: TappedRelay)
  func received(_ data: ByteBuffer, from side: RelaySide, _ relay: TappedRelay)
  func ended(_ side: RelaySide, _ relay: TappedRelay)
}

/// By default everything is passed on as it comes.
extension RelayAttack {
  var hidesResets: Bool { false }

  func opened(_ relay: TappedRelay) {}

  func received(_ data: ByteBuffer, from side: RelaySide, _ relay: TappedRelay) {
    relay.send(data, to: side.opposite)
  }

  func ended(_ side: RelaySide, _ relay: TappedRelay) { relay.end(side.opposite) }
}
