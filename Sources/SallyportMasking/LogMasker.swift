/// Masks what one job writes to its two streams, before anything else sees it.
///
/// Each stream is matched by itself, since each is a text of its own, and in time linear in its
/// bytes; both share what is looked for. docs/masking.md says what is masked and what is not.
package struct LogMasker: Sendable {
  package enum Stream: Sendable, Hashable, CaseIterable {
    case stdout
    case stderr
  }

  /// What became of the values that the job itself added.
  package struct Additions: Hashable, Sendable {
    package var masked = 0
    /// Too short to mask, and the like.
    package var unmaskable = 0
    /// Too long, or more than ``MaskLimits`` allow.
    package var refused = 0
  }

  /// Secrets that are not masked: to be told, by name, when the job begins.
  package private(set) var unmasked: [UnmaskedSecret] = []
  package private(set) var additions = Additions()
  private var patterns: PatternSet
  private var streams: [Stream: Text]
  private let limits: MaskLimits
  private var known: Set<[UInt8]> = []
  private var addedBytes = 0

  private struct Text {
    var lines: AddMaskLines
    var masker = StreamMasker()
  }

  package init(limits: MaskLimits = MaskLimits()) {
    self.limits = limits
    patterns = PatternSet(limit: limits.patternBytes)
    let text = Text(lines: AddMaskLines(limit: 3 * limits.addedBytes))
    streams = [.stdout: text, .stderr: text]
  }

  /// - Throws: ``MaskError`` where the values need more than `limits` allow: the job must not begin
  ///   then.
  package init(
    _ secrets: [MaskedSecret], limits: MaskLimits = MaskLimits()
  ) throws(MaskError) {
    self.init(limits: limits)
    try begin(with: secrets)
  }

  /// Sets what is masked from the beginning. To be called once, before the first output.
  ///
  /// - Throws: ``MaskError`` where the values need more than the limits allow: the job must not begin
  ///   then.
  package mutating func begin(with secrets: [MaskedSecret]) throws(MaskError) {
    var values: [MaskableValue] = []
    for secret in secrets {
      guard secret.value.count <= limits.valueBytes else {
        throw MaskError(
          .valueTooLong,
          """
          secret \(secret.name) cannot be masked: it has \(secret.value.count) bytes, at most \
          \(limits.valueBytes) are allowed; give the job a shorter one
          """)
      }
      do throws(MaskableValue.Refusal) {
        let value = try MaskableValue(secret.value)
        if known.insert(value.bytes).inserted { values.append(value) }
      } catch {
        unmasked.append(UnmaskedSecret(name: secret.name, reason: error.reason))
      }
    }
    if !values.isEmpty { try patterns.begin(with: values) }
  }

  /// Takes what a stream gave.
  ///
  /// - Returns: What may be shown: what the stream gave before and was held back, and all of `bytes`
  ///   but what may yet be part of a secret.
  package mutating func mask(_ bytes: [UInt8], of stream: Stream) -> [UInt8] {
    guard var text = take(stream) else { return [] }
    defer { streams[stream] = text }
    var output: [UInt8] = []
    var index = 0
    while let piece = text.lines.next(bytes, from: &index) {
      // What the job of no secrets writes is passed on as it is.
      if patterns.automata.isEmpty, output.isEmpty, piece == .text(bytes.indices) { return bytes }
      if output.isEmpty { output.reserveCapacity(bytes.count) }
      apply(piece, of: bytes, to: &text, output: &output)
    }
    return output
  }

  /// What is left of a stream that has ended.
  package mutating func finish(_ stream: Stream) -> [UInt8] {
    guard var text = take(stream) else { return [] }
    var output: [UInt8] = []
    if let piece = text.lines.finish() { apply(piece, of: [], to: &text, output: &output) }
    text.masker.finish(patterns, to: &output)
    streams[stream] = text
    return output
  }

  /// Masks a text that is no part of the streams, such as a message.
  package func masked(_ text: some Collection<UInt8>) -> [UInt8] {
    var output: [UInt8] = []
    var masker = StreamMasker()
    masker.append(Array(text)[...], patterns, to: &output)
    masker.finish(patterns, to: &output)
    return output
  }

  /// Bytes of a stream that wait for more.
  package func heldBack(of stream: Stream) -> Int {
    streams[stream].map { $0.masker.heldBack + $0.lines.heldBack } ?? 0
  }

  /// Leaves nothing behind, so that what is taken is changed in place.
  private mutating func take(_ stream: Stream) -> Text? {
    streams.removeValue(forKey: stream)
  }

  private mutating func apply(
    _ piece: AddMaskLines.Piece, of bytes: [UInt8], to text: inout Text, output: inout [UInt8]
  ) {
    switch piece {
    case .text(let range): text.masker.append(bytes[range], patterns, to: &output)
    case .markerText(let count):
      text.masker.append(AddMaskLines.marker.prefix(count), patterns, to: &output)
    case .value(let value): add(value)
    }
  }

  /// Both streams are masked by it from here on, with what is held back of them.
  private mutating func add(_ value: [UInt8]?) {
    guard let value, value.count <= limits.valueBytes else {
      additions.refused += 1
      return
    }
    guard let maskable = try? MaskableValue(value) else {
      additions.unmaskable += 1
      return
    }
    guard !known.contains(maskable.bytes) else { return }
    guard
      additions.masked < limits.addedValues,
      addedBytes + maskable.bytes.count <= limits.addedBytes,
      (try? patterns.add(maskable)) != nil
    else {
      additions.refused += 1
      return
    }
    known.insert(maskable.bytes)
    addedBytes += maskable.bytes.count
    additions.masked += 1
  }
}
