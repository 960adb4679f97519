/// The form of names of environment variables in which secrets are delivered: what a shell can
/// read (POSIX, 3.230), at most 128 bytes, and none of Sallyport's own.
package enum VariableName {
  package static func isValid(_ text: some StringProtocol) -> Bool {
    let bytes = text.utf8
    guard (1...128).contains(bytes.count), let first = bytes.first, isLetter(first),
      bytes.allSatisfy({ isLetter($0) || isDigit($0) })
    else { return false }
    return !text.hasPrefix("SALLYPORT_")
  }

  /// A letter of ASCII, or `_`.
  static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "_")
  }

  static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
