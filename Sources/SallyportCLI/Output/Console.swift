/// Standard output and standard error.
///
/// On the main actor: writing to a pipe that nobody reads blocks, and the main thread is the one
/// thread that this may hold up.
package protocol Console: Sendable {
  /// Writes all bytes.
  ///
  /// - Throws: ``OutputClosed`` where the reader has gone.
  @MainActor func write(_ bytes: [UInt8], to stream: ConsoleStream) throws

  func isTerminal(_ stream: ConsoleStream) -> Bool
}

package enum ConsoleStream: Sendable, Hashable {
  case output, error
}

/// The reader of standard output has gone, as with `sallyport job logs | head`.
package struct OutputClosed: Error {
  package init() {}
}

extension Console {
  @MainActor func print(_ text: String) throws {
    try write(Array((text + "\n").utf8), to: .output)
  }

  /// A note for people beside the output. That standard error is closed is no reason to fail.
  @MainActor func note(_ text: String) {
    try? write(Array("sallyport: \(text)\n".utf8), to: .error)
  }

  /// A note of passing interest, for people who watch.
  @MainActor func progress(_ text: String) {
    if isTerminal(.error) { note(text) }
  }
}
