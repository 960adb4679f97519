/// Patterns as the manifest prints them, matched the plainest way that is still bounded: a table of
/// which prefixes match. Shares nothing with the patterns that enforce.
enum ManifestGlob {
  /// `*` for any run of bytes.
  static func matchesText(_ pattern: String, _ text: String) -> Bool {
    matches(Array(pattern.utf8), Array(text.utf8), isRun: { $0 == UInt8(ascii: "*") }, runLeast: 0)
    {
      $0 == $1
    }
  }

  /// `*` within one segment, `**` for one or more segments.
  static func matchesPath(_ pattern: String, _ text: String) -> Bool {
    matches(
      segments(pattern), segments(text), isRun: { $0.elementsEqual("**".utf8) }, runLeast: 1
    ) { pattern, text in
      matches(
        Array(pattern), Array(text), isRun: { $0 == UInt8(ascii: "*") }, runLeast: 0
      ) { $0 == $1 }
    }
  }

  /// Argument by argument; a last `**` for any further ones.
  static func matchesCommand(_ pattern: [String], _ command: [String]) -> Bool {
    let hasRest = pattern.last == "**"
    let fixed = hasRest ? Array(pattern.dropLast()) : pattern
    guard hasRest ? command.count >= fixed.count : command.count == fixed.count else {
      return false
    }
    return zip(fixed, command).allSatisfy { $0 == "*" || matchesPath($0, $1) }
  }

  private static func segments(_ text: String) -> [[UInt8]] {
    text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map(Array.init)
  }

  /// - Parameter runLeast: How many elements a run stands for at least.
  private static func matches<Element>(
    _ pattern: [Element], _ text: [Element], isRun: (Element) -> Bool, runLeast: Int,
    equal: (Element, Element) -> Bool
  ) -> Bool {
    // reached[i]: the pattern so far matches the first i elements.
    var reached = [true] + [Bool](repeating: false, count: text.count)
    for element in pattern {
      var next = [Bool](repeating: false, count: text.count + 1)
      if isRun(element) {
        if runLeast == 0 { next[0] = reached[0] }
        for index in text.indices {
          next[index + 1] = reached[index] || next[index] || runLeast == 0 && reached[index + 1]
        }
      } else {
        for index in text.indices {
          next[index + 1] = reached[index] && equal(element, text[index])
        }
      }
      reached = next
    }
    return reached[text.count]
  }
}
