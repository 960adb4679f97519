/// What the engine knows of one open stream.
///
/// A class, because the library's callbacks change it in the middle of calls that look it up.
final class HTTP2Stream {
  /// Our half of the stream.
  enum Output {
    /// A server's stream whose request has not been answered.
    case unanswered
    case open
    /// The end waits behind the queued data: with trailers, or as END_STREAM on DATA.
    case ending(trailers: [HeaderField]?)
    /// The library has the frame that ends it, and has not sent it.
    case endHandedOver
    case ended
  }

  /// Who put an end to the stream before its time.
  enum Reset {
    case no
    case byUs
    /// By us, because the peer broke a rule.
    case provoked
    case byPeer
  }

  var output: Output
  var outbound = OutboundBytes()
  /// The library waits for more data and must be told when there is.
  var isDeferred = false
  /// `RST_STREAM(NO_ERROR)` follows our END_STREAM.
  var isResetAfterEnd = false

  /// The transport has seen the stream and must see it close.
  var isSurfaced: Bool
  /// The head that is not informational has arrived; what follows are trailers.
  var hasHead = false
  var inputEnded = false
  /// Bytes delivered and not yet given back.
  var unconsumed = 0
  var window: StreamWindow
  /// The window was found too narrow once.
  var sharesGrowth = false
  var reset = Reset.no

  init(output: Output, isSurfaced: Bool, window: Int) {
    self.output = output
    self.window = StreamWindow(size: window)
    self.isSurfaced = isSurfaced
  }

  var isAnswered: Bool {
    if case .unanswered = output { false } else { true }
  }

  /// Data and trailers may still be added.
  var isWritable: Bool {
    if case .open = output, case .no = reset { true } else { false }
  }

  var isReset: Bool {
    if case .no = reset { false } else { true }
  }
}
