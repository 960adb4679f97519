/// The definition, without any regard to time: every pattern at every position.
struct NaiveMasker {
  let patterns: [[UInt8]]

  func masked(_ text: [UInt8]) -> [UInt8] {
    var isCovered = Array(repeating: false, count: text.count)
    for pattern in patterns {
      for start in text.indices where text[start...].starts(with: pattern) {
        for index in start..<start + pattern.count { isCovered[index] = true }
      }
    }
    var output: [UInt8] = []
    for (index, byte) in text.enumerated() {
      if !isCovered[index] {
        output.append(byte)
      } else if index == 0 || !isCovered[index - 1] {
        output += Array("***".utf8)
      }
    }
    return output
  }

  /// Length of the longest end of the text with which a pattern begins that is longer.
  func pending(_ text: [UInt8]) -> Int {
    for length in stride(from: text.count, to: 0, by: -1) {
      let end = text.suffix(length)
      if patterns.contains(where: { $0.count > length && $0.starts(with: end) }) { return length }
    }
    return 0
  }
}
