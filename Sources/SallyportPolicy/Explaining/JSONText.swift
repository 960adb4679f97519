internal import FoundationEssentials

/// JSON as every command prints it: keys sorted, so that two outputs can be compared.
enum JSONText {
  /// Ends with a newline; empty where a value cannot be encoded, which none of ours is.
  static func render(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(value) else { return "" }
    return String(decoding: data, as: UTF8.self) + "\n"
  }
}
