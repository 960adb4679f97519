import NIOCore
import SallyportHTTP2

/// One relay between its two forwarded streams: everything passes the attack.
final class TappedRelay {
  let evidence: HostileEvidence
  private let attack: any RelayAttack
  private var legs: [RelaySide: ForwardedStream] = [:]

  init(_ attack: any RelayAttack, evidence: HostileEvidence) {
    self.attack = attack
    self.evidence = evidence
  }

  var hidesResets: Bool { attack.hidesResets }

  func attach(_ leg: ForwardedStream, as side: RelaySide) { legs[side] = leg }

  /// From a leg.
  func passed(_ item: ForwardedStream.Item, from side: RelaySide) {
    switch item {
    case .head(let fields, _):
      legs[side.opposite]?.send(item)
      if fields.contains(where: { $0.name == ":status" && $0.value == "200" }) {
        attack.opened(self)
      }
    case .data(let data):
      evidence.record(data, sentBy: side)
      attack.received(data, from: side, self)
    case .end: attack.ended(side, self)
    case .trailers: break
    case .reset:
      if !hidesResets { legs[side.opposite]?.send(item) }
    }
  }

  func closed(_ side: RelaySide) { legs[side] = nil }

  // MARK: For attacks

  func send(_ data: ByteBuffer, to side: RelaySide) { legs[side]?.send(.data(data)) }

  func end(_ side: RelaySide) { legs[side]?.send(.end) }
}
