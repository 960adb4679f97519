/// What to send on one `WriteLog` stream, and what its acknowledgements mean.
///
/// Each stream begins with an empty chunk, whose answer tells where the gateway's copy ends; from
/// there chunks follow each other, with at most ``window`` bytes unacknowledged. An answer that
/// shows that the gateway did not take a chunk ends the stream: the next one asks again.
package struct UploadState: Sendable {
  package enum Step: Hashable, Sendable {
    /// Send an empty chunk at offset zero.
    case probe
    /// Send whole entries from this offset, at most this many bytes.
    case send(offset: UInt64, maximum: Int)
    /// Wait for an acknowledgement or for more log.
    case wait
    /// Everything is durable at the gateway, and there will be no more.
    case complete
  }

  package enum Answer: Hashable, Sendable {
    case progress
    /// Open another stream and ask again.
    case restart
    /// The gateway has more of this log than exists here: it cannot be completed.
    case diverged
  }

  /// Bytes that may be unacknowledged.
  package static let window: UInt64 = 1 << 20
  /// Bytes of one chunk, at least one entry of the greatest length.
  package static let maximumChunk = 256 << 10
  /// While something is unacknowledged, less than this waits for company.
  package static let smallChunk: UInt64 = 64 << 10

  private enum Phase: Hashable {
    case opened, probing, streaming
  }

  private var phase = Phase.opened
  private var next: UInt64 = 0
  /// Ends of the chunks that are not acknowledged, oldest first.
  private var pending: [UInt64] = []
  /// Chunks acknowledged by an answer to a later one; their own answers may still come.
  private var answersToSkip = 0
  package private(set) var durable: UInt64 = 0

  package init() {}

  package var isAwaitingAnswer: Bool { phase == .probing || !pending.isEmpty }

  package func step(length: UInt64, isSealed: Bool) -> Step {
    switch phase {
    case .opened: return .probe
    case .probing: return .wait
    case .streaming: break
    }
    if isSealed && durable == length { return .complete }
    // The gateway may know of more than the caller did when it looked.
    guard length > next else { return .wait }
    let available = length - next
    let room = Self.window - (next - durable)
    guard room >= UInt64(Self.maximumChunk) else { return .wait }
    if !isSealed && available < Self.smallChunk && !pending.isEmpty { return .wait }
    return .send(offset: next, maximum: Self.maximumChunk)
  }

  package mutating func sentProbe() { phase = .probing }

  package mutating func sent(_ count: Int) {
    next += UInt64(count)
    pending.append(next)
  }

  package mutating func acknowledged(_ offset: UInt64, length: UInt64) -> Answer {
    guard offset <= length else { return .diverged }
    if phase == .probing {
      phase = .streaming
      durable = offset
      next = offset
      return .progress
    }
    guard phase == .streaming, offset >= durable, offset <= next else { return .restart }
    if offset == durable {
      guard answersToSkip > 0 else { return .restart }
      answersToSkip -= 1
      return .progress
    }
    let covered = pending.prefix { $0 <= offset }.count
    guard covered > 0 else { return .restart }
    pending.removeFirst(covered)
    answersToSkip += covered - 1
    durable = offset
    return .progress
  }
}
