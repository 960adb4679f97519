internal import NIOCore

/// Events that wait to be taken; gathers small DATA frames and `sent` reports of one stream.
///
/// A peer that cuts its data into one-byte frames would otherwise cost an event and an allocation
/// per byte. Its length is bounded by what one call of `receive` can
/// hold, because the caller empties it after each.
struct EventQueue {
  /// Frames that together stay below this many bytes are copied into one event.
  private static let gathering = 1_024
  /// A queue that grew above this many places is given up once empty.
  private static let keptCapacity = 64

  private var events = CircularBuffer<HTTP2Event>(initialCapacity: 8)
  /// The last event, where it is one that more of its kind can be added to.
  private var tail = Tail.other

  private enum Tail {
    case data(HTTP2StreamID, bytes: Int)
    case sent(HTTP2StreamID)
    case other
  }

  mutating func append(_ event: HTTP2Event) {
    tail = .other
    events.append(event)
  }

  mutating func appendData(_ stream: HTTP2StreamID, _ slice: ByteBuffer) {
    var slice = slice
    let count = slice.readableBytes
    if case .data(stream, let bytes) = tail, bytes + count <= Self.gathering,
      case .data(_, var gathered)? = events.popLast()
    {
      gathered.writeBuffer(&slice)
      events.append(.data(stream, gathered))
      tail = .data(stream, bytes: bytes + count)
    } else {
      events.append(.data(stream, slice))
      tail = .data(stream, bytes: count)
    }
  }

  mutating func appendSent(_ stream: HTTP2StreamID, bytes: Int) {
    if case .sent(stream) = tail, case .sent(_, let before)? = events.popLast() {
      events.append(.sent(stream, bytes: before + bytes))
    } else {
      events.append(.sent(stream, bytes: bytes))
      tail = .sent(stream)
    }
  }

  mutating func popFirst() -> HTTP2Event? {
    let event = events.popFirst()
    if events.isEmpty {
      tail = .other
      if events.capacity > Self.keptCapacity {
        events = CircularBuffer(initialCapacity: 8)
      }
    }
    return event
  }
}
