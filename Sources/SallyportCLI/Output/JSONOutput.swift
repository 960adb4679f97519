import FoundationEssentials
import SallyportConfig

/// JSON as all commands print it: keys in snake case and sorted, absent values left out, times in
/// RFC 3339, characters that could deceive a terminal escaped (they are in strings only).
package enum JSONOutput {
  /// One document over several lines, which ends with a newline.
  package static func document(_ value: some Encodable) throws -> String {
    try encode(value, [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]) + "\n"
  }

  /// One document on one line, for output that is a stream of documents.
  package static func line(_ value: some Encodable) throws -> String {
    try encode(value, [.sortedKeys, .withoutEscapingSlashes]) + "\n"
  }

  private static func encode(
    _ value: some Encodable, _ formatting: JSONEncoder.OutputFormatting
  ) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = formatting
    let text = String(decoding: try encoder.encode(value), as: UTF8.self)
    var result = ""
    for scalar in text.unicodeScalars {
      guard scalar != "\n", ShownText.isUnsafe(scalar) else {
        result.unicodeScalars.append(scalar)
        continue
      }
      for unit in String(scalar).utf16 {
        let digits = String(unit, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    }
    return result
  }
}
