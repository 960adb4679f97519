package import SallyportMasking
import Synchronization

/// What must not be seen of one job, in its output and in what the worker says of it.
///
/// Everything on its way into the log or to the gateway passes through here first. The lock is held
/// for one piece of output at most: less than a millisecond.
package final class JobMasks: Sendable {
  private let masker = Mutex(LogMasker())

  package init() {}

  /// Sets the values that are masked from the beginning: once, before the command begins.
  ///
  /// - Returns: Those that are not, to be said in the job's log.
  /// - Throws: `MaskError` where they need more memory than a job is given: it must not begin then.
  package func begin(with secrets: [MaskedSecret]) throws(MaskError) -> [UnmaskedSecret] {
    try masker.withLock { masker throws(MaskError) in
      try masker.begin(with: secrets)
      return masker.unmasked
    }
  }

  /// What of a stream's next bytes, and of those held back before, may be shown now.
  func mask(_ bytes: [UInt8], of stream: LogMasker.Stream) -> [UInt8] {
    masker.withLock { $0.mask(bytes, of: stream) }
  }

  /// What was held back of a stream that has ended.
  func finish(_ stream: LogMasker.Stream) -> [UInt8] {
    masker.withLock { $0.finish(stream) }
  }

  /// A message without what must not be seen.
  func masked(_ message: String) -> String {
    String(decoding: masker.withLock { $0.masked(message.utf8) }, as: UTF8.self)
  }

  /// What to say of values that the job itself added and that are not masked; nil if nothing.
  var complaint: String? {
    let additions = masker.withLock { $0.additions }
    var parts: [String] = []
    if additions.unmaskable > 0 {
      parts.append("\(additions.unmaskable) are too short or too common")
    }
    if additions.refused > 0 { parts.append("\(additions.refused) are too long or too many") }
    guard !parts.isEmpty else { return nil }
    return "not all values given by ::add-mask:: are masked: \(parts.joined(separator: ", "))"
  }
}
