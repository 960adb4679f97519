/// Text from a peer, made safe for an error message: ASCII without control characters, at most 128
/// bytes. Everything else becomes a question mark.
struct PrintableText: CustomStringConvertible {
  let description: String

  init(_ text: String) { self.init(bytes: text.utf8) }

  init(bytes: some Collection<UInt8>) {
    let limit = 128
    let printable = bytes.prefix(limit).map { byte in
      (0x20...0x7e).contains(byte) ? byte : UInt8(ascii: "?")
    }
    description = String(decoding: printable, as: UTF8.self) + (bytes.count > limit ? "..." : "")
  }
}
