internal import SallyportConfig

/// What a provider wrote to standard error, made fit for the worker's own log: one line of at most
/// 1,024 characters, without anything that it wrote to standard output.
package enum ProviderComplaint {
  /// Bytes of standard output beyond which nothing is shown: there is too much to hide.
  static let maximumHidden = 64 << 10
  /// Bytes of the shortest part of an output that is hidden.
  static let minimumPart = 4

  /// - Parameter isWhole: Otherwise its last word, which may be half a secret, is not shown.
  package static func text(
    _ complaint: SecretValue, isWhole: Bool, hiding output: SecretValue
  ) -> String {
    guard !complaint.isEmpty else { return "" }
    guard output.count <= maximumHidden else { return "(not shown: the output is too long)" }
    var hidden = complaint.withBytes { [Bool](repeating: false, count: $0.count) }
    complaint.withBytes { text in
      output.withBytes { output in
        for part in parts(of: output) { hide(part, in: text, &hidden) }
      }
      guard !isWhole else { return }
      let lastWord = text.lastIndex(where: isBetweenParts).map { $0 + 1 } ?? text.startIndex
      for index in lastWord..<text.endIndex { hidden[index] = true }
    }
    var shown: [UInt8] = []
    complaint.withBytes { text in
      for index in text.indices {
        if !hidden[index] {
          shown.append(text[index])
        } else if index == 0 || !hidden[index - 1] {
          shown.append(contentsOf: "***".utf8)
        }
      }
    }
    return ShownText.short(String(decoding: shown, as: UTF8.self), limit: 1_024)
  }

  /// Runs without blanks and the signs that stand around values in JSON, files and command lines.
  private static func parts(of output: UnsafeRawBufferPointer) -> [Slice<UnsafeRawBufferPointer>] {
    output.split(whereSeparator: isBetweenParts).filter { $0.count >= minimumPart }
  }

  private static func isBetweenParts(_ byte: UInt8) -> Bool {
    byte <= 0x20 || byte == 0x7F || "\"',:;{}[]()<>=&".utf8.contains(byte)
  }

  private static func hide(
    _ part: Slice<UnsafeRawBufferPointer>, in text: UnsafeRawBufferPointer, _ hidden: inout [Bool]
  ) {
    guard let first = part.first, part.count <= text.count else { return }
    for start in 0...(text.count - part.count) where text[start] == first {
      guard text[start..<(start + part.count)].elementsEqual(part) else { continue }
      for index in start..<(start + part.count) { hidden[index] = true }
    }
  }
}
