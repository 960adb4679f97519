import NIOCore
import SallyportHTTP2
import SallyportTLS

/// Output: HTTP/2 frames, encrypted, to the carrier.
extension SecureConnection {
  /// Bytes of frames made in one turn, before other connections of the loop have theirs.
  private static var outputPerTurn: Int { 1 << 17 }

  func setNeedsOutput() {
    needsOutput = true
    if !isInBatch { scheduleSettle() }
  }

  func scheduleSettle() {
    guard !isSettleScheduled, !isSettling, !lifecycle.isClosed else { return }
    isSettleScheduled = true
    eventLoop.assumeIsolated().execute { [self] in
      isSettleScheduled = false
      settle()
    }
  }

  /// Ends a batch: lets streams act on it as a whole, sends what came of it, and closes the
  /// connection where it is done.
  func settle() {
    guard !isSettling, !lifecycle.isClosed else { return }
    isSettling = true
    isInBatch = true
    var produced = 0
    repeat {
      let listeners = batchListeners
      batchListeners.removeAll(keepingCapacity: true)
      for listener in listeners { listener.batchEnded() }
      if needsOutput { produced += produceOutput() }
    } while !lifecycle.isClosed && (!batchListeners.isEmpty || (needsOutput && carrier.isWritable))
      && produced < Self.outputPerTurn
    isInBatch = false
    isSettling = false
    guard !lifecycle.isClosed else { return }
    if !batchListeners.isEmpty || (needsOutput && carrier.isWritable) { scheduleSettle() }
    closeIfDone()
  }

  /// - Returns: Bytes of frames made.
  private func produceOutput() -> Int {
    needsOutput = false
    var written = writeCiphertext()
    var produced = 0
    var failure: ConnectionError?
    do {
      while let http2, let tls, lifecycle.isSecured {
        guard carrier.isWritable, produced < Self.outputPerTurn else {
          needsOutput = true
          break
        }
        var frames = OutputScratch.take()
        defer { OutputScratch.giveBack(frames) }
        // Where it throws, the frames are its last words.
        let outcome = Result { try http2.produce(into: &frames, limit: OutputScratch.limit) }
        let count = frames.readableBytes
        if count > 0 { try tls.write(frames) }
        let isMoreWaiting = try outcome.get()
        produced += count
        if writeCiphertext() { written = true }
        dispatchEvents()
        guard count > 0, isMoreWaiting || needsOutput else { break }
        needsOutput = false
      }
    } catch {
      failure = ConnectionError(error)
    }
    if written { carrier.flush() }
    if let failure { fail(failure) }
    return produced
  }

  /// - Returns: Whether there was any.
  func writeCiphertext() -> Bool {
    guard let bytes = tls?.takeOutbound(), bytes.readableBytes > 0 else { return false }
    carrier.write(bytes)
    return true
  }
}
