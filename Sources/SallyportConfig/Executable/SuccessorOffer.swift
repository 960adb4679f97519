/// What a process gives to the one that takes its place, beside its arguments and environment:
/// listening sockets, a line between the two, and the time. Written into one environment variable.
package struct SuccessorOffer: Hashable, Sendable {
  package struct Socket: Hashable, Sendable {
    package var name: String
    /// As the configuration of the giver names it: a successor whose configuration says otherwise
    /// makes a socket of its own.
    package var address: String

    package init(name: String, address: String) {
      self.name = name
      self.address = address
    }
  }

  package static let variable = "SALLYPORT_SUCCESSION"
  /// Set where the giver says over the line when it accepts no more, so that the two never read a
  /// socket at the same time. A giver of an earlier version says nothing.
  package static let releaseVariable = "SALLYPORT_SUCCESSION_RELEASES"
  /// The descriptor of the line to the giver; the sockets follow in their order.
  package static let lineDescriptor: Int32 = 3
  package static let firstSocket: Int32 = 4

  /// Milliseconds of the giver's clock at the moment when the host's boot clock was zero.
  package var clockOrigin: Int64
  package var sockets: [Socket]

  package init(clockOrigin: Int64, sockets: [Socket]) {
    self.clockOrigin = clockOrigin
    self.sockets = sockets
  }

  package var text: String {
    (["1", String(clockOrigin)] + sockets.map { "\($0.name)=\($0.address)" })
      .joined(separator: " ")
  }

  /// Nil for what no version of this program has written.
  package init?(text: String) {
    let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    guard words.count >= 2, words[0] == "1", let origin = Int64(words[1]) else { return nil }
    var sockets: [Socket] = []
    for word in words.dropFirst(2) {
      guard let equals = word.firstIndex(of: "=") else { return nil }
      sockets.append(
        Socket(name: String(word[..<equals]), address: String(word[word.index(after: equals)...])))
    }
    self.init(clockOrigin: origin, sockets: sockets)
  }
}
