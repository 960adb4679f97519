import SallyportHTTP2

/// Bounds what one connection holds of messages that are larger than the window that they arrive
/// through, so that a thousand streams cannot each grow to the message limit.
///
/// A message takes its whole announced length before its window is opened further; those for
/// which nothing is left wait in line. Shorter messages need none of it.
final class ReassemblyBudget {
  private struct Waiting {
    let stream: HTTP2StreamID
    let bytes: Int
    let granted: () -> Void
  }

  private let limit: Int
  private var taken: [HTTP2StreamID: Int] = [:]
  private var total = 0
  private var line: [Waiting] = []

  /// - Parameter limit: Bytes. A single message is let through however long it is.
  init(limit: Int) { self.limit = limit }

  /// - Returns: False where the stream has to wait; `granted` is then called later, once.
  func take(
    _ bytes: Int, _ stream: HTTP2StreamID, otherwise granted: @escaping () -> Void
  ) -> Bool {
    if taken[stream] != nil { return true }
    if line.contains(where: { $0.stream == stream }) { return false }
    guard line.isEmpty, fits(bytes) else {
      line.append(Waiting(stream: stream, bytes: bytes, granted: granted))
      return false
    }
    take(bytes, stream)
    return true
  }

  /// The stream's message is complete, or nobody waits for it any more.
  func giveBack(_ stream: HTTP2StreamID) {
    if let bytes = taken.removeValue(forKey: stream) {
      total -= bytes
    } else if line.isEmpty {
      return
    } else {
      line.removeAll { $0.stream == stream }
    }
    while let next = line.first, fits(next.bytes) {
      line.removeFirst()
      take(next.bytes, next.stream)
      next.granted()
    }
  }

  private func take(_ bytes: Int, _ stream: HTTP2StreamID) {
    taken[stream] = bytes
    total += bytes
  }

  private func fits(_ bytes: Int) -> Bool { taken.isEmpty || total + bytes <= limit }
}
