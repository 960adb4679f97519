import Testing

@testable import SallyportTLS

@Suite struct PeerlessSessionTests {
  /// SEQUENCE of INTEGER, then of what else is given.
  private func session(_ fields: [UInt8]...) -> [UInt8] {
    let content = [2, 1, 7] + fields.joined()
    precondition(content.count < 128)
    return [0x30, UInt8(content.count)] + content
  }

  private let time: [UInt8] = [0xa1, 3, 2, 1, 5]
  private let peer: [UInt8] = [0xa3, 5, 0x30, 3, 2, 1, 9]
  private let context: [UInt8] = [0xa4, 3, 4, 1, 6]

  /// Nil where it stays as it is.
  private func withoutPeer(_ encoded: [UInt8]) -> [UInt8]? {
    var copy = encoded
    guard PeerlessSession.removePeer(from: &copy) else {
      #expect(copy == encoded)
      return nil
    }
    return copy
  }

  @Test func thePeerIsTakenOut() {
    #expect(withoutPeer(session(time, peer, context)) == session(time, context))
    #expect(withoutPeer(session(time, peer)) == session(time))
    #expect(withoutPeer(session(peer, context)) == session(context))
  }

  /// Lengths of more than 127 bytes have several bytes.
  @Test func lengthsAreMadeAnew() {
    let long = [0xa3, 0x82, 1, 0] + [UInt8](repeating: 0, count: 256)
    let whole = [0x30, 0x82, 1, 9] + time + long
    #expect(withoutPeer(whole) == [0x30, 5] + time)
    let rest = [0xa4, 0x81, 200] + [UInt8](repeating: 1, count: 200)
    #expect(withoutPeer([0x30, 0x81, 210] + peer + rest) == [0x30, 0x81, 203] + rest)
  }

  @Test func withoutAPeerThereIsNothingToDo() {
    #expect(withoutPeer(session(time, context)) == nil)
    // Of another class.
    #expect(withoutPeer(session([0x03, 2, 0, 1])) == nil)
  }

  @Test func whatIsNotDERStaysAsItIs() {
    let whole = session(time, peer, context)
    for count in 0..<whole.count {
      #expect(withoutPeer(Array(whole.prefix(count))) == nil)
    }
    #expect(withoutPeer(whole + [0]) == nil)
    #expect(withoutPeer([0x31] + whole.dropFirst()) == nil)
    // A field that is longer than what it is in.
    #expect(withoutPeer([0x30, 4, 0xa3, 3, 2, 1]) == nil)
    // Lengths that are not given.
    #expect(withoutPeer([0x30, 0x80, 0xa3, 1, 1, 0, 0]) == nil)
    #expect(withoutPeer([0x30, 4, 0xa3, 0x80, 0, 0]) == nil)
  }
}
