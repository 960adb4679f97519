extension String {
  /// The longest beginning that has at most `bytes` bytes of UTF-8 and ends between two characters.
  package func prefix(bytes: Int) -> String {
    guard utf8.count > bytes else { return self }
    var end = utf8.index(startIndex, offsetBy: max(bytes, 0))
    while end > startIndex, end.samePosition(in: self) == nil { end = utf8.index(before: end) }
    return String(self[..<end])
  }
}
