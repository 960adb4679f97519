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

  /// An error on one line, without its end, as commands with `--output json` print it to standard
  /// error.
  package static func error(_ message: String, exitCode: Int32) -> String {
    let error = ErrorDocument(error: .init(message: message, exitCode: exitCode))
    // Texts and numbers can always be encoded.
    return (try? encode(error, [.sortedKeys, .withoutEscapingSlashes])) ?? "{\"error\":{}}"
  }

  private struct ErrorDocument: Encodable {
    struct Content: Encodable {
      let message: String
      let exitCode: Int32

      enum CodingKeys: String, CodingKey {
        case message
        case exitCode = "exit_code"
      }
    }

    let error: Content
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
