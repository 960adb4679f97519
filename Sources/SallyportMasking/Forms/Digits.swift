/// Hexadecimal digits.
enum Digits {
  static let lowercase = Array("0123456789abcdef".utf8)
  static let uppercase = Array("0123456789ABCDEF".utf8)
}

extension UInt8 {
  var isASCIILetterOrDigit: Bool {
    (0x30...0x39).contains(self) || (0x41...0x5A).contains(self) || (0x61...0x7A).contains(self)
  }
}
